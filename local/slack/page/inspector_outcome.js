/** What became of a call, as the app saw it: a word, and whether it is trouble. */

/** The outcome of a call's entry: `{said, isTrouble}`. */
export function outcome({ answer, status, fault, retry_after }) {
  if (fault?.when === "after") return after(fault);
  if (dropsBefore(fault)) return { said: "connection dropped", isTrouble: true };
  if (status === 429) return { said: `429 · retry after ${retry_after} s`, isTrouble: true };
  if (answer?.ok === false) return { said: answer.error, isTrouble: true };
  return { said: String(status), isTrouble: status >= 400 };
}

export function dropsBefore(fault) {
  return Boolean(fault?.drop) && fault.when !== "after";
}

function after(fault) {
  const said = failure(fault);
  return said ? { said: `took effect, then ${said}`, isTrouble: true } : { said: "200", isTrouble: false };
}

/** How a fault fails a call; empty when it only delays. */
export function failure(fault) {
  if (fault.drop) return "connection dropped";
  if (fault.status === 429) return `429, retry after ${fault.retry_after} s`;
  return String(fault.status ?? fault.error ?? "");
}

/** A fault that is armed, in a line. */
export function described(fault) {
  const failing = failure(fault);
  const delay = fault.delay ? `${failing ? "after" : "delayed"} ${fault.delay} s` : "";
  const effect = failing && fault.when === "after" ? "though it took effect" : "";
  return [failing, delay, effect].filter(Boolean).join(" ");
}
