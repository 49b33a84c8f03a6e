/** The emoji codes that apps use most; any other code stays as it is written. */

const EMOJI = {
  "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", clap: "👏", pray: "🙏", wave: "👋", eyes: "👀", ok_hand: "👌",
  muscle: "💪", point_right: "👉", point_down: "👇", smile: "😄", grin: "😁", joy: "😂", blush: "😊", wink: "😉",
  thinking_face: "🤔", cry: "😢", sob: "😭", sweat_smile: "😅", sunglasses: "😎", heart_eyes: "😍", slightly_smiling_face: "🙂",
  heart: "❤️", fire: "🔥", sparkles: "✨", star: "⭐", tada: "🎉", rocket: "🚀", bulb: "💡", zap: "⚡", boom: "💥", "100": "💯",
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", warning: "⚠️", no_entry: "⛔",
  question: "❓", exclamation: "❗", information_source: "ℹ️", hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️",
  alarm_clock: "⏰", clock1: "🕐", calendar: "📆", bell: "🔔", no_bell: "🔕", lock: "🔒", key: "🔑", link: "🔗", mag: "🔍",
  clapper: "🎬", movie_camera: "🎥", video_camera: "📹", film_frames: "🎞️", scissors: "✂️", arrow_forward: "▶️",
  double_vertical_bar: "⏸️", repeat: "🔁", camera: "📷", microphone: "🎤", headphones: "🎧", speaker: "🔈", tv: "📺",
  memo: "📝", pencil2: "✏️", clipboard: "📋", pushpin: "📌", package: "📦", inbox_tray: "📥", outbox_tray: "📤",
  chart_with_upwards_trend: "📈", moneybag: "💰", gift: "🎁", robot_face: "🤖", ghost: "👻", bug: "🐛", construction: "🚧",
  large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴", large_blue_circle: "🔵", white_circle: "⚪",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", arrows_counterclockwise: "🔄",
};

/** The character of an emoji code without its colons; undefined for one that is not known here. */
export function emoji(name) {
  return EMOJI[name.split("::")[0]];
}

/** Text with the known codes replaced. */
export function withEmoji(content) {
  return content.replace(/:([a-z0-9_+-]+):/g, (code, name) => emoji(name) ?? code);
}
