/** Values of `-w`, by name. */
export interface TransferFigures {
  readonly http_code: number;
  readonly method: string;
  readonly remote_ip: string;
  readonly remote_port: number;
  readonly local_ip: string;
  readonly local_port: number;
  readonly size_download: number;
  readonly url_effective: string;
  readonly num_redirects: number;
  readonly redirect_url: string;
  readonly content_type: string;
  readonly exitcode: number;
  readonly errormsg: string;
  /** Seconds. */
  readonly time_namelookup: number;
  readonly time_connect: number;
  readonly time_starttransfer: number;
  readonly time_total: number;
}

const SECONDS_DIGITS = 6;

/** Fills a `-w` format: `%{name}`, `\n`, `\t`, `%%`. Unknown names print nothing, as curl does (with its warning left out). */
export function writeOut(format: string, figures: TransferFigures): string {
  const values: Readonly<Record<string, string | number>> = {
    ...figures,
    response_code: figures.http_code,
    url: figures.url_effective,
    scheme: figures.remote_ip === '' ? '' : figures.url_effective.startsWith('https:') ? 'HTTPS' : 'HTTP',
    num_connects: figures.remote_ip === '' ? 0 : 1,
  };
  return format.replace(
    /%\{([a-z_]+)\}|%%|\\([nrt\\])/g,
    (whole: string, name: string | undefined, escape: string | undefined) => {
      if (escape !== undefined) return { n: '\n', r: '\r', t: '\t', '\\': '\\' }[escape] ?? whole;
      if (name === undefined) return '%';
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined) return '';
      if (name.startsWith('time_')) return Number(value).toFixed(SECONDS_DIGITS);
      return name === 'http_code' || name === 'response_code'
        ? String(value).padStart(3, '0')
        : String(value);
    },
  );
}
