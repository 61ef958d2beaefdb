const MAX_PORT = 65_535;

type ServerFlags =
  { readonly ok: true; readonly port: number | undefined } | { readonly ok: false; readonly message: string };

/** The server's command line: its port can be chosen; every other setting is refused, since it would change nothing. */
export function readServerFlags(argv: readonly string[]): ServerFlags {
  const words = argv.slice(1).filter((word, at) => !(at === 0 && word === 'postgres'));
  let port: number | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [, name, inline] = /^-([a-zA-Z])(.*)$/s.exec(word) ?? [];
    const long = /^--([a-z_-]+)=(.*)$/s.exec(word);
    let setting: readonly [string, string] | undefined;
    if (long !== null) setting = [long[1]?.replaceAll('-', '_') ?? '', long[2] ?? ''];
    else if (name === 'p' || name === 'c') {
      const value = inline === '' ? words[++at] : inline;
      if (value === undefined) return refused(`postgres: option requires an argument -- '${name}'`);
      const [key = '', ...rest] = value.split('=');
      setting = name === 'p' ? ['port', value] : [key.trim().replaceAll('-', '_'), rest.join('=')];
    }
    if (setting === undefined) return refused(`postgres: "${word}" is not part of this simulation; -p is`);
    const [key, value] = setting;
    if (key !== 'port')
      return refused(`postgres: the setting "${key}" is not part of this simulation; leave it out`);
    const number = /^\d{1,5}$/.test(value) ? Number(value) : 0;
    if (number < 1 || number > MAX_PORT)
      return refused(
        /^\d+$/.test(value)
          ? `FATAL:  ${value} is outside the valid range for parameter "port" (1 .. ${MAX_PORT})`
          : `FATAL:  invalid value for parameter "port": "${value}"`,
      );
    port = number;
  }
  return { ok: true, port };
}

function refused(message: string): ServerFlags {
  return { ok: false, message: `${message}\n` };
}
