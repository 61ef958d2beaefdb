import { z } from 'zod';
import { DEFAULT_LOCALE, DEFAULT_TIMERS, MAX_LAB_NODES } from './lab.ts';
import { parametersSchema } from './parameters.ts';

export const ID_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;
const id = z.string().regex(ID_PATTERN, 'must be lower-case letters, digits and hyphens, at most 63');
const minutes = z.number().int().min(1).max(600);
/** BCP 47: a language, and a region where that matters. */
const locale = z
  .string()
  .regex(/^[a-z]{2,3}(?:-[A-Z]{2})?$/, 'must be a language such as en, ta or pt-BR')
  .default(DEFAULT_LOCALE);
const texts = z.array(z.string().min(1)).default([]);

export const courseSchema = z.strictObject({
  title: z.string().min(1),
  summary: z.string().min(1),
  chapters: z
    .array(
      z.strictObject({
        id,
        title: z.string().min(1),
        summary: z.string().min(1),
        lessons: z.array(id),
        labs: z.array(id).default([]),
      }),
    )
    .min(1),
});

export const lessonSchema = z.strictObject({
  id,
  title: z.string().min(1),
  summary: z.string().min(1),
  minutes,
  objectives: texts,
  concepts: texts,
  locale,
  lab: id.optional(),
});

const timers = z
  .strictObject({
    lifetimeMinutes: minutes.default(DEFAULT_TIMERS.lifetimeMinutes),
    overtimeMinutes: minutes.default(DEFAULT_TIMERS.overtimeMinutes),
    idleMinutes: minutes.default(DEFAULT_TIMERS.idleMinutes),
    orphanedMinutes: minutes.default(DEFAULT_TIMERS.orphanedMinutes),
    hardDeadlineMinutes: minutes.default(DEFAULT_TIMERS.hardDeadlineMinutes),
  })
  .default(DEFAULT_TIMERS);

/** More make a start slow, and no lab needs them. */
const MAX_IMAGES = 16;
const ranges = z
  .array(z.union([z.cidrv4(), z.cidrv6()]))
  .min(1)
  .max(2)
  .optional();

const cluster = z
  .strictObject({
    nodes: z.number().int().min(1).max(MAX_LAB_NODES).default(2),
    cni: z.enum(['bridge', 'ptp', 'vxlan', 'none']).default('bridge'),
    networkPolicies: z.boolean().default(true),
    outsideHosts: z
      .array(
        z.strictObject({
          address: z.union([z.ipv4(), z.ipv6()]),
          tcpPorts: z.array(z.number().int().min(1).max(65_535)).max(16).default([]),
        }),
      )
      .max(16)
      .default([]),
    loadBalancer: z.boolean().optional(),
    ingress: z
      .strictObject({ className: z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/) })
      .optional(),
    gateway: z
      .strictObject({ className: z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/) })
      .optional(),
    ipFamily: z.enum(['ipv4', 'ipv6', 'dual']).optional(),
    podCidrs: ranges,
    serviceCidrs: ranges,
    proxyMode: z.enum(['nftables', 'iptables']).optional(),
    nodeLabels: z.array(z.record(z.string(), z.string())).max(MAX_LAB_NODES).optional(),
    images: z.array(z.string().min(1).max(256)).max(MAX_IMAGES).optional(),
  })
  .default({ nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] });

export const labSchema = z.strictObject({
  id,
  title: z.string().min(1),
  summary: z.string().min(1),
  minutes,
  objectives: texts,
  prerequisites: z.array(id).default([]),
  concepts: texts,
  locale,
  backends: z
    .array(z.enum(['simulated', 'kind', 'kubernetes']))
    .min(1)
    .default(['simulated']),
  cluster,
  timers,
  /** Drawn for each learner; `{{name}}` stands for its value in texts, manifests, scripts and checks. */
  parameters: parametersSchema.optional(),
});

/** `mutants.yaml` of a lab: small mistakes that its checks may overlook. `podwire test` prints their ids. */
export const mutantsSchema = z.strictObject({
  accepted: z.array(z.strictObject({ mutant: z.string().min(1), reason: z.string().min(1) })).max(400),
});

/** A translation carries the texts of the front matter; everything else is its original's. */
export const translationSchema = z.strictObject({
  title: z.string().min(1),
  summary: z.string().min(1),
  objectives: texts,
  /** The first characters of the SHA-256 of the original that it was made from; `podwire lint` says which. */
  source: z.string().min(1),
});
