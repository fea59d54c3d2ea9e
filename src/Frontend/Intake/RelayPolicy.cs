using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Options;

namespace Postfleet.Frontend.Intake;

/// <summary>For whom mail is taken to where: clients of trusted networks send anywhere, others only to the relay domains.</summary>
internal sealed class RelayPolicy
{
    private readonly IPNetwork[] _trusted;
    private readonly HashSet<string> _domains;
    private readonly string[] _suffixes;

    public RelayPolicy(RelayOptions options)
    {
        _trusted = [.. options.TrustedNetworks.Select(network => IPNetwork.Parse(network))];
        _domains = [.. options.Domains.Where(domain => !domain.StartsWith("*.", StringComparison.Ordinal)).Select(Normalize)];
        _suffixes = [.. options.Domains.Where(domain => domain.StartsWith("*.", StringComparison.Ordinal)).Select(domain => $".{Normalize(domain[2..])}")];
    }

    public bool Allows(IPAddress client, DomainName domain) => IsTrusted(client) || IsRelayed(domain.Value);

    private bool IsTrusted(IPAddress client)
    {
        var address = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        foreach (var network in _trusted) if (network.Contains(address)) return true;
        return false;
    }

    private bool IsRelayed(string domain) =>
        _domains.Contains(domain) || Array.Exists(_suffixes, suffix => domain.EndsWith(suffix, StringComparison.Ordinal));

    private static string Normalize(string domain) => DomainName.TryParse(domain, out var name) ? name.Value : domain;
}
