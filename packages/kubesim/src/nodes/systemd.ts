/** Name under which a node's programs reach its service manager (`MachineView.service`). */
export const SYSTEMD_SERVICE = 'systemd';

/** The kubelet's process on its node, and how much it writes into the journal (`--v`). */
export const KUBELET_PID = 711;
export const KUBELET_VERBOSITY = 3;

/** A line of a unit's journal. */
export interface JournalLine {
  readonly atMs: number;
  /** Who wrote it: `kubelet[711]`. */
  readonly writer: string;
  readonly text: string;
}

/** A unit of a node, as systemctl shows it. */
export interface SystemdUnit {
  readonly name: string;
  readonly description: string;
  readonly active: boolean;
  /** Since when it is so, ms. */
  readonly sinceMs: number;
}

/** A node's service manager: the kubelet is what it can stop and start; the rest of a node is always there. */
export interface Systemd {
  /** undefined when there is no such unit. `.service` may be left out. */
  unit(name: string): SystemdUnit | undefined;
  setActive(name: string, active: boolean): void;
  /** What a unit wrote, oldest first; undefined when there is no such unit. Older lines have gone. */
  journal(name: string): readonly JournalLine[] | undefined;
}
