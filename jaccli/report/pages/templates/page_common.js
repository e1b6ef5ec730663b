// What every page has: light and dark by button, and buttons that copy.
const theme = document.getElementById("theme");
if (theme) {
  const root = document.documentElement;
  const dark = () => root.dataset.theme === "dark";
  const show = () => { const said = theme.dataset; theme.textContent = dark() ? said.light ?? "Light" : said.dark ?? "Dark"; theme.setAttribute("aria-label", dark() ? said.lightColours ?? "Light colours" : said.darkColours ?? "Dark colours"); };
  if (matchMedia("(prefers-color-scheme: dark)").matches) root.dataset.theme = "dark";
  theme.hidden = false;
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; show(); document.dispatchEvent(new Event("colours")); });
  show();
}
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const area = document.createElement("textarea");
      area.value = button.dataset.copy;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
