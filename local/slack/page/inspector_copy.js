/** Copying as JSON, with the button itself saying how it went. */

const SHOWN_MS = 1500;

export async function copied(button, value) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(JSON.stringify(value, null, 2));
    button.textContent = "Copied";
  } catch {
    button.textContent = "The browser refused";
  }
  setTimeout(() => { button.textContent = label; }, SHOWN_MS);
}
