import type { LabelSelector, ObjectMeta } from 'kubernetes-types/meta/v1';

/** admissionregistration.k8s.io/v1, which the typings that we use do not have. */
export interface MatchRule {
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly operations?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly scope?: string;
}

export interface MatchResources {
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  readonly resourceRules?: readonly MatchRule[];
  readonly excludeResourceRules?: readonly MatchRule[];
  matchPolicy?: string;
}

interface Named {
  readonly name: string;
  readonly expression: string;
}

export interface Validation {
  readonly expression: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
}

export interface AdmissionPolicy {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly paramKind?: { readonly apiVersion?: string; readonly kind?: string };
    matchConstraints?: MatchResources;
    readonly validations?: readonly Validation[];
    readonly auditAnnotations?: readonly { readonly key: string; readonly valueExpression: string }[];
    readonly matchConditions?: readonly Named[];
    readonly variables?: readonly Named[];
    failurePolicy?: string;
  };
}

export interface AdmissionPolicyBinding {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly policyName?: string;
    readonly paramRef?: {
      readonly name?: string;
      readonly namespace?: string;
      readonly selector?: LabelSelector;
      readonly parameterNotFoundAction?: string;
    };
    readonly matchResources?: MatchResources;
    readonly validationActions?: readonly string[];
  };
}

export const POLICIES = 'admissionregistration.k8s.io/validatingadmissionpolicies';
export const BINDINGS = 'admissionregistration.k8s.io/validatingadmissionpolicybindings';

/** What expressions may speak of. There is no `authorizer`: such an expression is refused when it is written. */
export const POLICY_VARIABLES = ['object', 'oldObject', 'request', 'params', 'namespaceObject', 'variables'];
