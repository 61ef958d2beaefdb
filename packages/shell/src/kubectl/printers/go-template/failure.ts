/** A template that cannot go on. The message is Go's. */
export class TemplateFailure extends Error {}
