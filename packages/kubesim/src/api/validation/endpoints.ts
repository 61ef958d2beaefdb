import type { Endpoints } from 'kubernetes-types/core/v1';
import type { Endpoint, EndpointPort, EndpointSlice } from 'kubernetes-types/discovery/v1';
import { isIpv6 } from '@podwire/netsim';
import { ipAddress, reservedAddress } from './addresses.ts';
import type { FieldErrors } from './field-errors.ts';
import { validateImmutable } from './metadata.ts';
import { dnsLabel, dnsSubdomain, portNumber } from './names.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

export function validateEndpoints(object: Endpoints, errors: FieldErrors): void {
  for (const [index, subset] of (object.subsets ?? []).entries()) {
    const at = `subsets[${index}]`;
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    if (addresses.length === 0 && notReadyAddresses.length === 0)
      errors.required(at, 'must specify `addresses` or `notReadyAddresses`');
    for (const [name, list] of [
      ['addresses', addresses],
      ['notReadyAddresses', notReadyAddresses],
    ] as const) {
      for (const [position, address] of list.entries()) {
        const field = `${at}.${name}[${position}]`;
        errors.invalidEach(`${field}.ip`, address.ip, [
          ...ipAddress(address.ip),
          ...reservedAddress(address.ip),
        ]);
        if (address.hostname !== undefined)
          errors.invalidEach(`${field}.hostname`, address.hostname, dnsLabel(address.hostname));
      }
    }
    for (const [position, port] of ports.entries()) {
      const field = `${at}.ports[${position}]`;
      if (ports.length > 1 && (port.name ?? '') === '') errors.required(`${field}.name`);
      else if ((port.name ?? '') !== '')
        errors.invalidEach(`${field}.name`, port.name, dnsLabel(port.name ?? ''));
      errors.invalidEach(`${field}.port`, port.port, portNumber(port.port));
      if (!PROTOCOLS.includes(port.protocol ?? ''))
        errors.notSupported(`${field}.protocol`, port.protocol, PROTOCOLS);
    }
  }
}

/** SVC24: endpoints of one slice upstream accepts at most. */
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];

export function validateEndpointSlice(slice: EndpointSlice, errors: FieldErrors): void {
  const endpoints = (slice.endpoints as Endpoint[] | null | undefined) ?? [];
  const ports = (slice.ports as EndpointPort[] | null | undefined) ?? [];
  const { addressType } = slice;
  if (addressType === '') errors.required('addressType');
  else if (!ADDRESS_TYPES.includes(addressType))
    errors.notSupported('addressType', addressType, ADDRESS_TYPES);
  if (endpoints.length > MAX_ENDPOINTS) return errors.tooMany('endpoints', endpoints.length, MAX_ENDPOINTS);
  for (const [index, endpoint] of endpoints.entries()) {
    const at = `endpoints[${index}]`;
    const addresses = (endpoint.addresses as string[] | null | undefined) ?? [];
    if (addresses.length === 0) errors.required(`${at}.addresses`, 'must contain at least 1 address');
    else if (addresses.length > MAX_ADDRESSES)
      errors.tooMany(`${at}.addresses`, addresses.length, MAX_ADDRESSES);
    for (const [position, address] of addresses.entries()) {
      const field = `${at}.addresses[${position}]`;
      if (addressType === 'FQDN') errors.invalidEach(field, address, dnsSubdomain(address));
      else {
        const messages = ipAddress(address);
        if (messages.length > 0) errors.invalidEach(field, address, messages);
        else {
          if (isIpv6(address) !== (addressType === 'IPv6'))
            errors.invalid(`${at}.addresses`, address, `must be an ${addressType} address`);
          errors.invalidEach(field, address, reservedAddress(address));
        }
      }
    }
    if (endpoint.hostname !== undefined)
      errors.invalidEach(`${at}.hostname`, endpoint.hostname, dnsLabel(endpoint.hostname));
    if (endpoint.nodeName !== undefined)
      errors.invalidEach(`${at}.nodeName`, endpoint.nodeName, dnsSubdomain(endpoint.nodeName));
  }
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const name = port.name ?? '';
    if (name !== '') errors.invalidEach(`ports[${index}].name`, name, dnsLabel(name));
    if (names.has(name)) errors.duplicate(`ports[${index}].name`, name);
    names.add(name);
    if (!PROTOCOLS.includes(port.protocol ?? ''))
      errors.notSupported(`ports[${index}].protocol`, port.protocol, PROTOCOLS);
  }
}

export function validateEndpointSliceUpdate(
  slice: EndpointSlice,
  previous: EndpointSlice,
  errors: FieldErrors,
): void {
  validateImmutable(slice.addressType, previous.addressType, 'addressType', errors);
}
