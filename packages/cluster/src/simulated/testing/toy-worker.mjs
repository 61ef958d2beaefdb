import { register } from 'tsx/esm/api';

register();
await import('./toy-worker.ts');
