/** What `kubectl explain` says: `type: sentence`, `type.field: sentence`, or `*.field: sentence` for fields that mean the same everywhere. */
export const DESCRIPTIONS = `
*.metadata: Name, labels, annotations and the server's own record of the object.
*.spec: What you want.
*.status: What is. Controllers write it; you read it.
core.Pod: One or more containers that run together on one node and share an IP address.
core.Service: A stable name and address in front of a changing set of pods.
apps.Deployment: Keeps a number of alike pods running and replaces them step by step when their template changes.
`;
