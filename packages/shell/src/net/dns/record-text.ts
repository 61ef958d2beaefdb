import { recordType, typeName } from '@podwire/kubesim';
import type { RecordData, ResourceRecord } from '@podwire/kubesim';

/** Columns at which BIND's tools begin each part of a record. */
const COLUMN = { ttl: 24, class: 32, type: 40, data: 48 } as const;
const TAB = 8;

/** Text that grows to columns by tabs, or by one space where the column is passed already. */
class Columns {
  #text = '';

  add(text: string): this {
    this.#text += text;
    return this;
  }

  to(column: number): this {
    if (this.#text.length >= column || this.#width() >= column) return this.add(' ');
    while (this.#width() < column) this.add('\t');
    return this;
  }

  #width(): number {
    let width = 0;
    for (const letter of this.#text) width = letter === '\t' ? width + TAB - (width % TAB) : width + 1;
    return width;
  }

  toString(): string {
    return this.#text;
  }
}

/** A record in dig's layout. */
export function recordLine(record: ResourceRecord): string {
  return new Columns()
    .add(record.name)
    .to(COLUMN.ttl)
    .add(String(record.ttlSeconds))
    .to(COLUMN.class)
    .add('IN')
    .to(COLUMN.type)
    .add(recordType(record.data))
    .to(COLUMN.data)
    .add(dataText(record.data))
    .toString();
}

export function questionLine(question: { readonly name: string; readonly type: string }): string {
  return new Columns()
    .add(`;${question.name}`)
    .to(COLUMN.class)
    .add('IN')
    .to(COLUMN.type)
    .add(question.type)
    .toString();
}

/** The data of a record as zone files and `dig +short` write it. */
export function dataText(data: RecordData): string {
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
      return data.texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(' ');
    case 'SOA':
      return `${data.primary} ${data.mailbox} ${data.serial} ${data.refreshSeconds} ${data.retrySeconds} ${data.expireSeconds} ${data.minimumSeconds}`;
    case 'opaque':
      return `\\# ${data.bytes.length} ${[...data.bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')} ; ${typeName(data.typeNumber)}`;
  }
}
