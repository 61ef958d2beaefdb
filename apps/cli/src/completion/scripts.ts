import type { CommandFacts, OptionFacts } from './command-facts.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script that the shell reads at its start. It asks nothing of the command while completing: that would be slow. */
export function completionScript(shell: Shell, facts: readonly CommandFacts[]): string {
  switch (shell) {
    case 'bash':
      return bash(facts);
    case 'zsh':
      return zsh(facts);
    case 'fish':
      return fish(facts);
  }
}

function flagsOf(options: readonly OptionFacts[]): readonly string[] {
  return options.flatMap((option) => option.flags);
}

/** Sub-commands by their place: `''` for the program, `new` for `podwire new`. */
function placesOf(facts: readonly CommandFacts[]): string {
  return facts
    .filter(({ commands }) => commands.length > 0)
    .map(
      ({ path, commands }) =>
        `      '${path.join(' ')}') words='${commands.map(({ name }) => name).join(' ')}' ;;`,
    )
    .join('\n');
}

function bash(facts: readonly CommandFacts[]): string {
  const cases = facts
    .map(({ path, options }) => `      '${path.join(' ')}') flags='${flagsOf(options).join(' ')}' ;;`)
    .join('\n');
  const valued = [
    ...new Set(facts.flatMap(({ options }) => flagsOf(options.filter(({ takesValue }) => takesValue)))),
  ];
  return `# bash completion of podwire. To use it: source <(podwire completion bash)
_podwire() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" place='' word flags='' words=''
  local index skip=''
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    if [[ -n $skip ]]; then skip=''; continue; fi
    case "$word" in
      ${valued.join('|')}) skip=1 ;;
      -*) ;;
      *)
        case "$place $word" in
${facts
  .filter(({ path }) => path.length > 0)
  .map(
    ({ path }) =>
      `          '${[path.slice(0, -1).join(' '), path.at(-1) ?? ''].join(' ')}') place='${path.join(' ')}' ;;`,
  )
  .join('\n')}
        esac
        ;;
    esac
  done
  case "$place" in
${cases}
  esac
  case "$place" in
${placesOf(facts)}
  esac
  case "$previous" in
    ${valued.join('|')})
      COMPREPLY=($(compgen -f -- "$current"))
      return
      ;;
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _podwire podwire
`;
}

/** In single quotes, for zsh and fish alike. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function zsh(facts: readonly CommandFacts[]): string {
  const functions = facts.map(({ path, commands, options }) => {
    const name = ['_podwire', ...path].join('_');
    const specs = options.flatMap((option) =>
      option.flags.map((flag) => {
        const summary = option.summary.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
        const value = option.takesValue ? `:value:${option.takesFile ? '_files' : ' '}` : '';
        return `    ${quoted(`${flag}[${summary}]${value}`)}`;
      }),
    );
    if (commands.length === 0)
      return `${name}() {\n  _arguments \\\n${[...specs, "    '*:file:_files'"].join(' \\\n')}\n}`;
    const described = commands.map(
      (each) => `      ${quoted(`${each.name}:${each.summary.replaceAll(':', String.raw`\:`)}`)}`,
    );
    return `${name}() {
  local line state
  _arguments -C \\
${[...specs, "    '1: :->command'", "    '*::argument:->rest'"].join(' \\\n')}
  case $state in
    command)
      local -a commands
      commands=(
${described.join('\n')}
      )
      _describe command commands
      ;;
    rest)
      case $line[1] in
${commands.map((each) => `        ${each.name}) ${name}_${each.name} ;;`).join('\n')}
      esac
      ;;
  esac
}`;
  });
  return `#compdef podwire
# zsh completion of podwire. To use it: podwire completion zsh > "\${fpath[1]}/_podwire"
${functions.join('\n')}
if [ "$funcstack[1]" = _podwire ]; then
  _podwire "$@"
else
  compdef _podwire podwire
fi
`;
}

function fish(facts: readonly CommandFacts[]): string {
  const lines = facts.flatMap(({ path, commands, options }) => {
    const first = path[0];
    const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
    const names = commands.map(({ name }) => name).join(' ');
    const here = first === undefined ? '__fish_use_subcommand' : seen.join('; and ');
    const beforeCommand =
      first === undefined ? here : `${here}; and not __fish_seen_subcommand_from ${names}`;
    return [
      ...commands.map(
        ({ name, summary }) =>
          `complete -c podwire -f -n ${quoted(beforeCommand)} -a ${name} -d ${quoted(summary)}`,
      ),
      ...options.map((option) => {
        const flags = option.flags.map((flag) =>
          flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
        );
        const value = option.takesValue ? (option.takesFile ? ' -r -F' : ' -x') : '';
        return `complete -c podwire -n ${quoted(here)} ${flags.join(' ')}${value} -d ${quoted(option.summary)}`;
      }),
    ];
  });
  return `# fish completion of podwire. To use it: podwire completion fish > ~/.config/fish/completions/podwire.fish
${lines.join('\n')}
`;
}
