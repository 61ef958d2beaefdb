import type { Node, Pod, Service } from 'kubernetes-types/core/v1';

const IPV4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]|\/\d+\.)/g;
const NODE_PORT = /(?<![\d.:a-zA-Z-])3[0-2]\d{3}(?!\d)|(?<=:)3[0-2]\d{3}(?!\d)/g;
const WORD = /\$\{([a-z]+):([^}]+)\}/g;

/** What one cluster calls the things of a world: addresses, nodes and node ports, and the words that stand for them. */
export class Names {
  readonly #words = new Map<string, string>();
  readonly #addresses = new Map<string, string>();
  readonly #nodePorts = new Map<string, string>();
  readonly #nodes: readonly string[];
  readonly #ranges: readonly string[];

  constructor(nodes: readonly Node[], pods: readonly Pod[], services: readonly Service[] = []) {
    const ordered = [...nodes].sort((left, right) => order(left) - order(right));
    this.#nodes = ordered.map(({ metadata }) => metadata?.name ?? '');
    this.#ranges = ordered.map(({ spec }) => (spec?.podCIDR ?? '').replace(/\.\d+\/\d+$/, '.'));
    for (const [index, { spec, status }] of ordered.entries()) {
      const address = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
      this.#words.set(`node:${index}`, address);
      this.#words.set(`cidr:${index}`, spec?.podCIDR ?? '');
      this.#addresses.set(address, `node${index}`);
      // The first address of a node's pod range is the node's own end of its pods' links.
      this.#addresses.set((spec?.podCIDR ?? '').replace(/\.0\/\d+$/, '.1'), `gateway${index}`);
      this.#addresses.set((spec?.podCIDR ?? '').replace(/\/\d+$/, ''), `range${index}`);
    }
    for (const { metadata, spec, status } of pods) {
      if (status?.podIP === undefined || spec?.hostNetwork === true) continue;
      const ref = `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
      this.#words.set(`ip:${ref}`, status.podIP);
      this.#addresses.set(status.podIP, `pod ${ref}`);
    }
    for (const { metadata, spec } of services) {
      const ref = `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
      if (spec?.clusterIP !== undefined && spec.clusterIP !== 'None') {
        this.#words.set(`service:${ref}`, spec.clusterIP);
        this.#addresses.set(spec.clusterIP, `service ${ref}`);
      }
      for (const [index, { nodePort }] of (spec?.ports ?? []).entries()) {
        if (nodePort === undefined) continue;
        this.#words.set(`nodeport:${ref}:${index}`, String(nodePort));
        this.#nodePorts.set(String(nodePort), `nodeport ${ref}:${index}`);
      }
      if (spec?.healthCheckNodePort !== undefined)
        this.#nodePorts.set(String(spec.healthCheckNodePort), `healthport ${ref}`);
    }
  }

  node(index: 0 | 1): string {
    return this.#nodes[index] ?? '';
  }

  knows(text: string): boolean {
    return [...text.matchAll(WORD)].every(([, kind, rest]) => this.#words.has(`${kind}:${rest}`));
  }

  /** The text with what this cluster calls each word in its place. Unknown words stay, and are refused by whoever reads them. */
  fill(text: string): string {
    return text.replace(
      WORD,
      (word, kind: string, rest: string) => this.#words.get(`${kind}:${rest}`) ?? word,
    );
  }

  fillObject<T>(object: T): T {
    return JSON.parse(this.fill(JSON.stringify(object))) as T;
  }

  /** The text with a name that both clusters share in place of each address, node and node port. */
  plain(text: string): string {
    let result = text;
    for (const [index, name] of this.#nodes.entries()) result = result.replaceAll(name, `<node${index}>`);
    return result
      .replace(IPV4, (address) => this.#plainAddress(address))
      .replace(NODE_PORT, (port) => {
        const name = this.#nodePorts.get(port);
        return name === undefined ? port : `<${name}>`;
      });
  }

  #plainAddress(address: string): string {
    const known = this.#addresses.get(address);
    if (known !== undefined) return `<${known}>`;
    const node = this.#ranges.findIndex((range) => range !== '' && address.startsWith(range));
    return node < 0 ? address : `<unknown in range${node}>`;
  }
}

/** Control planes first. */
function order({ metadata }: Node): number {
  return metadata?.labels?.['node-role.kubernetes.io/control-plane'] === undefined ? 1 : 0;
}
