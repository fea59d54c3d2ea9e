using System.Net;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Routing;
using Postfleet.Dns;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>DNS in memory. A name without records does not exist.</summary>
internal sealed class FakeDns : IMailDns
{
    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(7);

    public Dictionary<string, MxAnswer> Mx { get; } = [];

    public Dictionary<string, AddressAnswer> Addresses { get; } = [];

    public FakeDns WithMx(string domain, params (int Preference, string Name)[] hosts)
    {
        Mx[domain] = new MxAnswer(DnsStatus.Found, [.. hosts.Select(host => new TargetHost(host.Preference, host.Name))], Ttl);
        // Hosts have an address unless a test sets another answer.
        foreach (var (_, name) in hosts) Addresses.TryAdd(name, new AddressAnswer(DnsStatus.Found, [IPAddress.Parse("192.0.2.1")], Ttl));
        return this;
    }

    public FakeDns Without(string host, DnsStatus status = DnsStatus.NameNotFound)
    {
        Addresses[host] = new AddressAnswer(status, [], Ttl) { Problem = status == DnsStatus.Failed ? "192.0.2.53 says SERVFAIL" : "" };
        return this;
    }

    public FakeDns WithAddresses(string host, params string[] addresses)
    {
        Addresses[host] = new AddressAnswer(DnsStatus.Found, [.. addresses.Select(IPAddress.Parse)], Ttl);
        return this;
    }

    public ValueTask<MxAnswer> FindMxAsync(string domain, CancellationToken cancellationToken) =>
        new(Mx.GetValueOrDefault(domain) ?? new MxAnswer(DnsStatus.NameNotFound, [], Ttl));

    public ValueTask<AddressAnswer> FindAddressesAsync(string host, CancellationToken cancellationToken) =>
        new(Addresses.GetValueOrDefault(host) ?? new AddressAnswer(DnsStatus.NameNotFound, [], Ttl));
}
