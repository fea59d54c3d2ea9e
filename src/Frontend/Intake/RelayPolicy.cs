using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Options;

namespace Postfleet.Frontend.Intake;

/// <summary>For whom mail is taken to where: clients of trusted networks send anywhere, others only to the relay domains.</summary>
internal sealed class RelayPolicy
{
    private readonly NetworkSet _trusted;
    private readonly HashSet<string> _domains;
    private readonly DomainPattern[] _suffixes;

    public RelayPolicy(RelayOptions options)
    {
        _trusted = new NetworkSet(options.TrustedNetworks);
        var patterns = options.Domains.Select(DomainPattern.Parse).ToLookup(pattern => pattern.IsName);
        // There may be thousands of names.
        _domains = [.. patterns[true].Select(pattern => pattern.Text)];
        _suffixes = [.. patterns[false]];
    }

    public bool Allows(IPAddress client, DomainName domain) => _trusted.Contains(client) || IsRelayed(domain.Value);

    private bool IsRelayed(string domain) => _domains.Contains(domain) || Array.Exists(_suffixes, suffix => suffix.Matches(domain));
}
