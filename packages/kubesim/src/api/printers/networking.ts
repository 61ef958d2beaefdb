import type { Endpoint, EndpointPort, EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { Ingress, IngressClass, NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { Printer } from '../resources/resource.ts';
import { age, columns, fewOf, labelSelectorText, nameOf } from './columns.ts';

export const networkPolicyPrinter: Printer<NetworkPolicy> = {
  columns: columns('Name, Pod-Selector, Age'),
  cells: (object, nowMs) => [
    nameOf(object),
    labelSelectorText(object.spec?.podSelector ?? {}),
    age(object, nowMs),
  ],
};

export const ingressPrinter: Printer<Ingress> = {
  columns: columns('Name, Class, Hosts, Address, Ports, Age'),
  cells: (object, nowMs) => [
    nameOf(object),
    object.spec?.ingressClassName ?? '<none>',
    hostsText(object),
    addressText(object),
    (object.spec?.tls ?? []).length > 0 ? '80, 443' : '80',
    age(object, nowMs),
  ],
};

function hostsText(ingress: Ingress): string {
  const rules = ingress.spec?.rules ?? [];
  const hosts = rules.map((rule) => rule.host ?? '').filter((host) => host !== '');
  if (hosts.length === 0) return '*';
  return hosts.length > 3 ? `${hosts.slice(0, 3).join(',')} + ${rules.length - 3} more...` : hosts.join(',');
}

function addressText(ingress: Ingress): string {
  const addresses = (ingress.status?.loadBalancer?.ingress ?? []).map(
    (entry) => entry.ip ?? entry.hostname ?? '',
  );
  return [...new Set(addresses.filter((address) => address !== ''))].sort().join(',');
}

export const ingressClassPrinter: Printer<IngressClass> = {
  columns: columns('Name, Controller, Parameters, Age'),
  cells: (object, nowMs) => {
    const parameters = object.spec?.parameters;
    const group = parameters?.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
    const text = parameters === undefined ? '<none>' : `${parameters.kind}${group}/${parameters.name}`;
    return [nameOf(object), object.spec?.controller ?? '', text, age(object, nowMs)];
  },
};

export const endpointSlicePrinter: Printer<EndpointSlice> = {
  columns: columns('Name, AddressType, Ports, Endpoints, Age'),
  cells: (object, nowMs) => {
    const ports = (object.ports as EndpointPort[] | null | undefined) ?? [];
    const endpoints = (object.endpoints as Endpoint[] | null | undefined) ?? [];
    return [
      nameOf(object),
      object.addressType,
      fewOf(ports.map((port) => (port.port === undefined ? (port.name ?? '*') : String(port.port)))),
      fewOf(endpoints.flatMap((endpoint) => endpoint.addresses)),
      age(object, nowMs),
    ];
  },
};
