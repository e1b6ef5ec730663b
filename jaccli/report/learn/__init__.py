"""What a learner is shown: passes, paths and pictures of a graph, and the course of training."""
