import { RESPONSE_CODE, typeName } from '../dns/records.ts';
import type { DnsMessage, RecordData, RecordType } from '../dns/records.ts';

/** What a look-up came to. */
export interface DnsAnswer {
  readonly kind: 'records' | 'nxdomain' | 'nodata' | 'no-answer';
  /** The candidate of the search list that was found. */
  readonly name?: string;
  /** Data of the records of the type that was asked, as `dig +short` shows it. */
  readonly records: readonly string[];
}

/** The records of a message that answer a question of this type. */
export function recordsOf(message: DnsMessage, type: RecordType): readonly string[] {
  if (message.responseCode !== RESPONSE_CODE.NOERROR) return [];
  return message.answers.filter(({ data }) => data.type === type).map(({ data }) => recordText(data));
}

function recordText(data: RecordData): string {
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return data.address;
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return data.target;
    case 'SRV':
      return `${data.priority} ${data.weight} ${data.port} ${data.target}`;
    case 'MX':
      return `${data.preference} ${data.target}`;
    case 'TXT':
      return data.texts.map((text) => `"${text}"`).join(' ');
    case 'SOA':
      return `${data.primary} ${data.mailbox} ${data.serial} ${data.refreshSeconds} ${data.retrySeconds} ${data.expireSeconds} ${data.minimumSeconds}`;
    case 'opaque':
      return typeName(data.typeNumber);
  }
}
