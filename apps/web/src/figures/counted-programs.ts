import type { ClusterOptions } from '@podwire/kubesim';

type Programs = ClusterOptions['programs'];
type Program = Programs extends ReadonlyMap<string, infer Each> ? Each : never;

/**
 * Programs that count how often one of them is started. A cluster that starts none runs the same without them, and
 * they are two fifths of what a browser would have to load for it.
 */
export function countedPrograms(programs: Programs): {
  readonly programs: Programs;
  readonly starts: () => number;
} {
  let starts = 0;
  const counted = (program: Program): Program => {
    switch (program.kind) {
      case 'task':
        return {
          ...program,
          run: (process) => {
            starts += 1;
            return program.run(process);
          },
        };
      case 'daemon':
        return {
          ...program,
          start: (daemon) => {
            starts += 1;
            return program.start(daemon);
          },
        };
      case 'dispatch':
        // It leads to one of the others.
        return program;
    }
  };
  return {
    programs: new Map([...programs].map(([name, program]) => [name, counted(program)])),
    starts: () => starts,
  };
}
