import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import { EndpointRefused } from './codes.ts';

/** Public by its number, but no public host: what virtual machines of Azure are told by (metadata, DHCP, DNS). */
const HOST_SERVICES: ReadonlySet<string> = new Set(['168.63.129.16']);
/** Everything that the Internet routes in IPv6 (RFC 4291, 2.4). */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * True for an address that anybody on the Internet could reach as well: not loopback, private, link-local, shared
 * (CGNAT), multicast, reserved or a cloud's metadata, and not an IPv6 address that stands for an IPv4 one (mapped,
 * NAT64, 6to4, Teredo), behind which any of them can be. What is no address is not public.
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast' || HOST_SERVICES.has(text)) return false;
  return address.kind() === 'ipv4' || (address as ipaddr.IPv6).match(GLOBAL_IPV6);
}

/**
 * Opens connections to public addresses only. Every address that a name resolves to is looked at each time when a
 * connection is opened, and those are the ones that are connected to: what the name resolved to before counts for
 * nothing.
 */
export function publicConnector(
  options: buildConnector.BuildOptions,
  lookup: LookupFunction = systemLookup,
): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: publicLookup(lookup) });
  return (target, callback) => {
    // A literal is not looked up.
    if (isIP(target.hostname) === 0 || isPublicAddress(target.hostname)) connect(target, callback);
    else process.nextTick(callback, new EndpointRefused(), null);
  };
}

/** One private address among public ones refuses the name: nobody honest publishes such. */
const publicLookup =
  (lookup: LookupFunction): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const addresses = (found as LookupAddress[]).map(({ address, family }) => ({ address, family }));
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        callback(new EndpointRefused(), '');
      } else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
