/** What a select offers: the options of its definition, or the people and channels of the workspace. */

/** Groups `{label, options: [{value, text, description}]}`; a group without a label stands alone. */
export function offered(spec, context) {
  if (spec.option_groups) {
    return spec.option_groups.map((group) => ({ label: group.label.text, options: group.options.map(option) }));
  }
  if (spec.options) return [{ options: spec.options.map(option) }];
  const { workspace, me } = context;
  const kind = spec.type.replace("multi_", "");
  const made = { users_select: people, channels_select: channels, conversations_select: conversations }[kind];
  return made ? [{ options: made(workspace, me) }] : null;
}

function option({ value, text, description }) {
  return { value, text, description };
}

function people(workspace) {
  return workspace.people().map((user) => ({ value: user.id, text: user.real_name }));
}

function channels(workspace, me) {
  return workspace.channelsOf(me).filter((channel) => channel.kind === "public").map(named);
}

function conversations(workspace, me) {
  const direct = [...workspace.channels.values()].filter((channel) => channel.kind === "im" && channel.members.includes(me));
  return [
    ...workspace.channelsOf(me).map(named),
    ...direct.map((channel) => ({ value: channel.id, text: workspace.peer(channel, me).real_name })),
  ];
}

function named(channel) {
  return { value: channel.id, text: `#${channel.name}` };
}
