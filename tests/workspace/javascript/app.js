/** A small app as Slack's documentation for Bolt for JavaScript writes one; the tests act on it. */
import bolt from "@slack/bolt";

const app = new bolt.App({
  socketMode: true,
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
});

app.command("/echo", async ({ ack, command }) => {
  await ack({ response_type: "in_channel", text: `You said: ${command.text}` });
});

app.command("/later", async ({ ack, respond }) => {
  await ack();
  await respond({ text: "Here it is", response_type: "in_channel" });
});

app.command("/ask", async ({ ack, client, command }) => {
  await client.views.open({ trigger_id: command.trigger_id, view: form(command.channel_id) });
  await ack();
});

app.command("/file", async ({ ack, client, command }) => {
  await ack();
  const file = Buffer.from("three words here");
  await client.filesUploadV2({ channel_id: command.channel_id, filename: "words.txt", file, initial_comment: "Read" });
});

app.view("form", async ({ ack, client, view }) => {
  const title = view.state.values.title.typed.value;
  if (title.length < 3) {
    await ack({ response_action: "errors", errors: { title: "Three letters at least" } });
    return;
  }
  await ack();
  await client.chat.postMessage({ channel: view.private_metadata, text: title, blocks: card(title) });
});

app.action("done", async ({ ack, body, client }) => {
  await ack();
  await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: "Done", blocks: [] });
});

app.shortcut("from_message", async ({ ack, client, shortcut }) => {
  await ack();
  await client.chat.postMessage({
    channel: shortcut.channel.id,
    thread_ts: shortcut.message.ts,
    text: `About: ${shortcut.message.text}`,
  });
});

app.event("app_home_opened", async ({ client, event }) => {
  await client.views.publish({ user_id: event.user, view: { type: "home", blocks: [section("Welcome")] } });
});

function form(channel) {
  return {
    type: "modal",
    callback_id: "form",
    private_metadata: channel,
    title: plain("A form"),
    submit: plain("Post"),
    blocks: [
      {
        type: "input",
        block_id: "title",
        label: plain("Title"),
        element: { type: "plain_text_input", action_id: "typed" },
      },
    ],
  };
}

function card(title) {
  const button = { type: "button", action_id: "done", text: plain("Done") };
  return [section(title), { type: "actions", elements: [button] }];
}

function section(text) {
  return { type: "section", text: plain(text) };
}

function plain(text) {
  return { type: "plain_text", text };
}

await app.start();
console.log("connected");
