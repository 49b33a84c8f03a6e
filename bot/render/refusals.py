"""What Slack does not let us do, by its error code: post here, share a clip, keep one as a file. Pure."""

from bot.render.sentences import safe

_CHANNELS = {
    "not_in_channel": "I am not in this channel. Type `/invite @Reel` here and ask again.",
    "channel_not_found": (
        "I am not in this conversation. In a channel, type `/invite @Reel` and ask again; "
        "in a direct message between people I cannot post at all: use a channel, or my own direct message."
    ),
    "is_archived": "This channel is archived. Use another one.",
    "is_inactive": "This channel is archived. Use another one.",
    "restricted_action_read_only_channel": "This channel is read-only for me. Use another one, or ask an admin to let apps post here.",
    "restricted_action_thread_only_channel": "Here one may only answer in threads: use *Make a reel* on a message instead.",
    "restricted_action_thread_locked": "This thread is locked. Use *Make a reel* on another message, or /reel in the channel.",
    "restricted_action_non_threadable_channel": "This channel takes no threads, and I answer in one. Use another channel.",
    "restricted_action": "This channel only lets some people post. Use another one, or ask an admin to let apps post here.",
    "cannot_reply_to_message": "This message takes no replies. Use *Make a reel* on another one, or /reel in the channel.",
    "invalid_thread_ts": "The message is not there any more. Use /reel in the channel.",
    "thread_not_found": "The message is not there any more. Use /reel in the channel.",
    "slack_connect": "The other organisation in this channel does not let me post. Use a channel of your own.",
    "external_channel": "The other organisation in this channel does not let me post. Use a channel of your own.",
    "ekm_access_denied": "An administrator has closed this channel to apps for now. Use another one, or ask them.",
    "app_access_restricted": "An administrator has closed this channel to apps. Use another one, or ask them.",
    "team_access_not_granted": "I am not installed in the workspace of this channel. Use another one, or ask an admin there.",
    "messages_tab_disabled": "My direct messages are switched off in this workspace. Use a channel that I am in.",
}
"""By Slack's error code, or how it begins; the first that fits counts."""


def channel_refused(code: str) -> str:
    """Why Slack did not let us post, what it cost, and the way in. `code` is Slack's error code; mrkdwn of our own."""
    known = (sentence for prefix, sentence in _CHANNELS.items() if code.startswith(prefix))
    why = next(known, f"Slack does not let me post here ({safe(code, 60)}). Use another channel.")
    return f"Nothing was started and nothing is spent. {why}"


def not_shared(code: str) -> str:
    """Why a clip could not be shared into a channel; for a field, so without markup."""
    return (
        channel_refused(code)
        .replace("Nothing was started and nothing is spent.", "Not shared.")
        .replace("`", "")
    )


SHARE_UNSURE = "Slack did not answer in time. Look into that channel before you share it again."
SHARED_BEFORE = "This was sent from here before. Look into that channel before you share it again."

_NOT_KEPT = {
    "not_in_channel": "I am not in this channel: type /invite @Reel here for the next ones",
    "channel_not_found": "I am not in this conversation",
    "missing_scope": "the app lacks files:write: whoever runs Reel has to reinstall it from its manifest",
    "file_upload_size_restricted": "it is too large for this workspace",
    "file_type_not_allowed": "this workspace does not allow video files",
    "file_uploads_disabled": "this workspace does not allow files",
    "file_uploads_except_images_disabled": "this workspace allows pictures only",
    "storage_limit_reached": "the workspace's storage is full",
    "posting_to_channel_denied": "this channel does not let me post files",
    "slack_connect": "the other organisation in this channel does not allow it",
    "is_archived": "the channel is archived",
    "restricted_action": "this channel does not let me post files",
    "not_available": "it could not be downloaded",
    "no_link": "Reka sent no link for it",
    "unknown_size": "its host does not say how large it is",
    "unavailable": "Slack could not take it",
    "unsure": "Slack did not say whether it arrived, and it is not sent twice",
}
"""Why a clip is not in the thread, by Slack's error code, or how it begins, or a word of ours."""


def not_kept(code: str) -> str:
    """Why a clip is no file in the thread."""
    why = next((why for prefix, why in _NOT_KEPT.items() if code.startswith(prefix)), None)
    return f"Not in the thread as a file: {why or f'Slack said {safe(code, 60)}'}."
