import type { ObjectMeta } from 'kubernetes-types/meta/v1';
import type { StoredObject } from '../../store/store.ts';
import type { Json } from '../json.ts';

/** JSONSchemaProps of apiextensions.k8s.io/v1, as far as a structural schema may use it. */
export interface CustomSchema {
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, CustomSchema>>;
  readonly additionalProperties?: CustomSchema | boolean;
  readonly items?: CustomSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly CustomSchema[];
  readonly anyOf?: readonly CustomSchema[];
  readonly oneOf?: readonly CustomSchema[];
  readonly not?: CustomSchema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

export interface ValidationRule {
  readonly rule?: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

export interface CustomVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly schema?: { readonly openAPIV3Schema?: CustomSchema };
  readonly subresources?: { readonly status?: object; readonly scale?: ScalePaths };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

export interface CustomNames {
  plural: string;
  singular?: string;
  shortNames?: string[];
  kind: string;
  listKind?: string;
  categories?: string[];
}

export interface DefinitionCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/** CustomResourceDefinition of apiextensions.k8s.io/v1. */
export interface CustomResourceDefinition {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: {
    group: string;
    names: CustomNames;
    scope: string;
    versions: CustomVersion[] | null;
    conversion?: { strategy: string; webhook?: object };
    preserveUnknownFields?: boolean;
  };
  status?: {
    conditions?: DefinitionCondition[] | null;
    acceptedNames?: CustomNames;
    storedVersions?: string[] | null;
  };
}

export const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions';
/** Holds a definition until the last object of its kind is gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

export function asDefinition(object: StoredObject): CustomResourceDefinition {
  return object as unknown as CustomResourceDefinition;
}

/** A condition of a definition, by its type. */
export function isTrue(definition: CustomResourceDefinition, type: string): boolean {
  return definition.status?.conditions?.some((each) => each.type === type && each.status === 'True') === true;
}

export function preservesUnknown(schema: CustomSchema | undefined): boolean {
  return schema === undefined || schema['x-kubernetes-preserve-unknown-fields'] === true;
}

/** The schema of a value under a key of an object; undefined: the key is not known there. */
export function propertySchema(schema: CustomSchema, name: string): CustomSchema | undefined {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name];
  if (additionalProperties === true) return { 'x-kubernetes-preserve-unknown-fields': true };
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}
