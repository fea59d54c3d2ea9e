using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Options;

namespace Postfleet.Frontend.Intake;

/// <summary>For whom mail is taken to where: clients of trusted networks send anywhere, others only to the relay domains.</summary>
internal sealed class RelayPolicy
{
    private readonly IPNetwork[] _trusted;
    private readonly HashSet<string> _domains;
    private readonly DomainPattern[] _suffixes;

    public RelayPolicy(RelayOptions options)
    {
        _trusted = [.. options.TrustedNetworks.Select(network => IPNetwork.Parse(network))];
        var patterns = options.Domains.Select(DomainPattern.Parse).ToLookup(pattern => pattern.IsName);
        // There may be thousands of names.
        _domains = [.. patterns[true].Select(pattern => pattern.Text)];
        _suffixes = [.. patterns[false]];
    }

    public bool Allows(IPAddress client, DomainName domain) => IsTrusted(client) || IsRelayed(domain.Value);

    private bool IsTrusted(IPAddress client)
    {
        var address = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        foreach (var network in _trusted) if (network.Contains(address)) return true;
        return false;
    }

    private bool IsRelayed(string domain) => _domains.Contains(domain) || Array.Exists(_suffixes, suffix => suffix.Matches(domain));
}
