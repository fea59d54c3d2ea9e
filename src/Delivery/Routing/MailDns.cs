using System.Net.Sockets;
using Postfleet.Core.Queueing;
using Postfleet.Dns;

namespace Postfleet.Delivery.Routing;

/// <summary>The queries of mail routing over the resolver, which caches the answers. Thread-safe.</summary>
internal sealed class MailDns(IDnsResolver resolver) : IMailDns
{
    /// <summary>The maximum number of addresses used for one host.</summary>
    public const int MaxAddresses = 20;

    public async ValueTask<MxAnswer> FindMxAsync(string domain, CancellationToken cancellationToken)
    {
        var answer = await resolver.PreferencesAsync(domain, cancellationToken);
        TargetHost[] hosts = [.. answer.Records.Select(record => new TargetHost(record.Preference, record.Host))];
        return new MxAnswer(answer.Status, hosts, answer.Ttl) { Problem = answer.Problem ?? "" };
    }

    public async ValueTask<AddressAnswer> FindAddressesAsync(string host, CancellationToken cancellationToken)
    {
        var both = await Task.WhenAll(
            resolver.AddressesAsync(host, AddressFamily.InterNetwork, cancellationToken).AsTask(),
            resolver.AddressesAsync(host, AddressFamily.InterNetworkV6, cancellationToken).AsTask());
        var found = Array.FindAll(both, answer => answer.Status == DnsStatus.Found);
        var failed = Array.FindAll(both, answer => answer.Status == DnsStatus.Failed);
        // An answer for either family is enough; a nonexistent name has neither.
        var status = found.Length > 0 ? DnsStatus.Found : failed.Length > 0 ? DnsStatus.Failed : both[0].Status;
        var ttl = (found.Length > 0 ? found : failed.Length > 0 ? failed : both).Min(answer => answer.Ttl);
        return new AddressAnswer(status, [.. found.SelectMany(answer => answer.Records).Take(MaxAddresses)], ttl)
        {
            Problem = failed.Length > 0 ? failed[0].Problem ?? "" : "",
        };
    }
}
