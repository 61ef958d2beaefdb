'use client';
import { createContext, useContext } from 'react';
import type { ReactNode } from 'react';

/** What a page with a cluster behind it offers to the commands and file names in its text. */
export interface CommandPort {
  /** Types the command, visibly, into the terminal that was used last, or into one at this place (`node/podwire-worker`). */
  readonly typeCommand: (command: string, place?: string) => void;
  readonly openFile: (path: string, line: number | undefined) => void;
  readonly tracePacket: (probe: PacketMention) => void;
  /** `{{name}}` in the text stands for these; undefined while no session has drawn them. */
  readonly parameters: Readonly<Record<string, string>> | undefined;
}

/** A connection that the text speaks of, in the notation of labs: `pod/ns/name`, `service/ns/name`, `host/name`. */
export interface PacketMention {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
}

const CommandContext = createContext<CommandPort | undefined>(undefined);

export function CommandProvider({
  port,
  children,
}: {
  readonly port: CommandPort;
  readonly children: ReactNode;
}) {
  return <CommandContext.Provider value={port}>{children}</CommandContext.Provider>;
}

const RanContext = createContext<(() => void) | undefined>(undefined);

/** Within it, whoever runs a command where there is no terminal says so. */
export function RanProvider({
  onRan,
  children,
}: {
  readonly onRan: () => void;
  readonly children: ReactNode;
}) {
  return <RanContext.Provider value={onRan}>{children}</RanContext.Provider>;
}

export function useRan(): (() => void) | undefined {
  return useContext(RanContext);
}

/** undefined in lessons, where there is no terminal. */
export function useCommandPort(): CommandPort | undefined {
  return useContext(CommandContext);
}
