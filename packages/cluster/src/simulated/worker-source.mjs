// Node 20 starts no worker from TypeScript, not even under tsx: this registers the loader and goes on there.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
