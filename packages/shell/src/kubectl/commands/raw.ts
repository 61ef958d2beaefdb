import type { ApiResponse, ProxiedExchange } from '@podwire/kubesim';
import type { Step } from '../command/step.ts';
import type { Session } from '../session.ts';
import { Failure, fail } from '../failure.ts';
import { statusProblem } from '../api/status.ts';
import { StreamReader, untilNews } from '../api/streams.ts';
import { errnoText } from '../values/errno-text.ts';
import { parseJson } from '../values/json.ts';
import type { JsonValue } from '../values/json.ts';

/** `--raw`: one request to a path of the user's own, the answer as it comes. */
export function* rawRequest(
  session: Session,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  uri: string,
  file = '',
): Step {
  let body: JsonValue | undefined;
  if (file !== '') {
    let data: Uint8Array;
    if (file === '-') {
      data = yield* session.readInput();
    } else {
      const read = session.process.fs.readFile(session.path(file));
      data = read.ok ? read.value : fail(`open ${file}: ${errnoText(read.errno)}`);
    }
    body = parseJson(new TextDecoder().decode(data));
  }
  const mark = uri.indexOf('?');
  const path = mark < 0 ? uri : uri.slice(0, mark);
  const query =
    mark < 0
      ? []
      : uri
          .slice(mark + 1)
          .split('&')
          .filter((pair) => pair !== '')
          .map(decodePair);
  const options = { query, ...(body === undefined ? {} : { body }) };
  const proxied = session.api().askProxy(method, path, options);
  const response =
    proxied === undefined
      ? session.api().exchange(method, path, options)
      : proxied.kind === 'refused'
        ? proxied.response
        : yield* answerOf(session, proxied);
  if (response.status >= 400) throw new Failure(statusProblem(response));
  const decoder = new TextDecoder();
  if (response.body !== undefined) session.out(decoder.decode(response.body));
  if (response.stream === undefined) return undefined;
  const reader = new StreamReader(session, response.stream);
  for (;;) {
    const data = yield* reader.next();
    if (data === undefined) return undefined;
    if (data !== 'timeout') session.out(decoder.decode(data, { stream: true }));
  }
}

/** Waits for what is behind the proxy. @throws when the user interrupts. */
function* answerOf(session: Session, exchange: ProxiedExchange): Step<ApiResponse> {
  const key = session.streamKey();
  exchange.onAnswer(() => session.api().announce(key));
  try {
    for (;;) {
      const answer = exchange.answer();
      if (answer !== undefined) return answer;
      yield* untilNews(session, key);
    }
  } finally {
    exchange.close();
  }
}

export function decodePair(pair: string): readonly [string, string] {
  const equals = pair.indexOf('=');
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      return text;
    }
  };
  return equals < 0 ? [decode(pair), ''] : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
}
