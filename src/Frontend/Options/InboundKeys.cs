using Postfleet.Configuration;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Access;
using Postfleet.Frontend.RecipientFiles;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Frontend.Options;

/// <summary>The keys, checks and warnings of section <c>Inbound</c>.</summary>
internal static class InboundKeys
{
    /// <summary>The keys.</summary>
    public static IEnumerable<ConfigurationKey> All { get; } =
    [
        new("Inbound:Domains:#", Text("a domain name or *.suffix", TextForms.NameOrSuffix), "example.org",
            "Domains whose mail listeners of the service inbound accept, from every client."),
        new("Inbound:Recipients:#", FilePath(), "/etc/postfleet/recipients",
            "Files with the addresses, aliases and catch-alls of Inbound:Domains; read again when they change. None: each recipient is "
            + "accepted.")
        {
            IsFileFollowed = true,
        },
        new("Inbound:RecipientDelimiter", Text("one of + - _ =, or empty", DelimiterForm), "+",
            "Character between a user and a detail, as in user+detail@example.org; empty for no details."),
        new("Inbound:Callout", Flag, "true",
            "Whether the host that a route names is asked at RCPT about recipients of Inbound:Domains that no entry names."),
        new("Inbound:CalloutTime", Duration("100ms", "2m"), "5s", "How long a client waits for the answer of that host."),
        new("Inbound:OnCalloutFailure", Choice<CalloutFailureHandling>(), "defer",
            "A recipient about whom there is no answer: accept, or defer it."),
        new("Inbound:Verify", Choice<VerifyPermission>(), "users",
            "Who may ask by VRFY and EXPN for recipients and the targets of aliases: none, or users, which are authenticated users and "
            + "clients in Relay:TrustedNetworks."),
        new("Inbound:AuthservId", Text("a domain name, or empty", TextForms.EmptyOrName), "mx.example.org",
            "Name in Authentication-Results fields, the same on all nodes behind one MX (RFC 8601); empty for Node:Hostname."),
        new("Inbound:Dmarc", Choice<DmarcHandling>(), "none",
            "How far policies of DMARC apply: quarantine marks what fails, also where the policy says reject; "
            + "reject refuses it there; none only reports."),
        new("Inbound:TrustedSealers:#", Text("a domain name or *.suffix", TextForms.NameOrSuffix), "lists.example.net",
            "Domains of ARC sealers, such as lists, whose word counts for mail that fails DMARC."),
        new("Inbound:Seal:Domain", Text("a domain name, or empty", TextForms.EmptyOrName), "example.org",
            "Domain that seals messages by ARC (RFC 8617), for those to whom they are forwarded; empty for no seals."),
        new("Inbound:Seal:Selector", Text("a domain name, or empty", TextForms.EmptyOrName), "arc1",
            "Selector of the key: the DNS has its record at SELECTOR._domainkey.DOMAIN."),
        new("Inbound:Seal:Key", FilePath(), "/etc/postfleet/arc.key",
            "File with the private key: PEM of RSA or Ed25519, or the Ed25519 seed in base64."),
        new("Inbound:ReceivedSpf", Flag, "true", "Whether messages get a Received-SPF field (RFC 7208)."),
        new("Inbound:OnDnsFailure", Choice<DnsFailureHandling>(), "defer",
            "A message whose DMARC result needs a DNS answer that did not come: accept, or defer it."),
        new("Inbound:CheckTime", Duration("100ms", "2m"), "10s", "Time for all checks of a message together."),
        new("Inbound:AccessFiles:#", FilePath(), "/etc/postfleet/access.list",
            "Files of entries that allow or deny mail by client, sender or recipient; read again when one changes.")
        {
            IsFileFollowed = true,
        },
        .. InboundRateKeys.All,
        new("Inbound:DnsLists:#:Zone", Text("a domain name", text => text.Length == 0 ? null : TextForms.EmptyOrName(text)),
            "bl.example.net", "Zone of a DNS list in which strangers are looked up (RFC 5782).") { Required = true },
        new("Inbound:DnsLists:#:Kind", Choice<DnsListKind>(), "sender",
            "What is looked up: the client's address, the domain of the sender, or the name in HELO."),
        new("Inbound:DnsLists:#:Weight", Number(-100, 100, ""), "2",
            "How much a listing counts; negative for a list of wanted clients."),
        new("Inbound:DnsLists:#:Answers",
            Text("patterns such as 127.0.0.[2..11;20] or 127.0.0.&6 with spaces between them, or empty for all answers",
                text => AnswerFilter.Parse(text) is null ? null : text),
            "127.0.0.[2..11]", "Which answers of the list count: octets, ranges in brackets, or bits of which one is set."),
        new("Inbound:DnsLists:#:Name", Text("a name of letters, digits, dots and hyphens, or empty for the zone", ListName), "example",
            "Name of the list in replies, header fields and the log, for zones with a key in them."),
        new("Inbound:DnsListThreshold", Number(1, 1000, ""), "3", "Weight of listings from which a stranger's mail is refused."),
        new("Inbound:DnsListTime", Duration("100ms", "30s"), "3s",
            "Time for the answers of all DNS lists; a list that does not answer has no listing."),
        new("Inbound:Greylisting:Delay", Duration("0s", "1d"), "5m",
            "How long mail of strangers is deferred that was never seen from its network; 0s: no greylisting."),
        new("Inbound:Greylisting:Window", Duration("1h", "7d"), "1d", "How long after its first try such mail may come back."),
        new("Inbound:Greylisting:Life", Duration("1d", "180d"), "90d", "How long known mail stays known after its last message."),
        new("Inbound:Greylisting:Proofs", Number(0, 1000, "recipients"), "10",
            "After how many recipients a network is known for all mail of a sender domain; 0: never."),
        new("Inbound:Greylisting:SkipSpfPass", Flag, "false", "Whether mail that passes SPF is not deferred."),
        new("Inbound:DnsListScore", Flag, "true", "Whether messages of listed strangers get a field X-Postfleet-Dns-Lists."),
    ];

    /// <summary>The most DNS lists: all are asked about each client at the same time.</summary>
    public const int MaxDnsLists = 30;

    /// <summary>The forbidden combinations.</summary>
    public static IEnumerable<string> Check(FrontendSections options)
    {
        foreach (var fault in CheckSeal(options.Inbound.Seal)) yield return fault;
        foreach (var fault in InboundRateKeys.Check(options.Inbound.Rates)) yield return fault;
        if (options.Inbound.Greylisting is var greylisting && greylisting.Window < greylisting.Delay)
        {
            yield return $"Inbound:Greylisting:Window is '{TextForms.Write(greylisting.Window)}'; " +
                $"allowed: at least Inbound:Greylisting:Delay, which is {TextForms.Write(greylisting.Delay)}";
        }

        if (options.Inbound.DnsLists.Count > MaxDnsLists)
            yield return $"Inbound:DnsLists has {options.Inbound.DnsLists.Count} lists; allowed: {MaxDnsLists}";
        foreach (var (index, listener) in options.Listeners.Index().Where(listener => !IsInbound(listener.Item)))
        {
            if (listener.Checks.Length > 0 && ListenerCheckText.Of(listener).HasFlag(ListenerChecks.Authentication))
            {
                yield return $"Listeners:{index}:Checks is '{listener.Checks}'; " +
                    "allowed: authentication where Listeners:#:Service is 'inbound' alone";
            }
        }

        if (options.Inbound.Domains.Count > 0) yield break;
        foreach (var (index, _) in options.Listeners.Index().Where(listener => IsInbound(listener.Item)))
            yield return $"Inbound:Domains is empty; allowed: the domains of its mail, since Listeners:{index}:Service is 'inbound'";
    }

    /// <summary>The faults of the files.</summary>
    public static IEnumerable<string> CheckFiles(InboundOptions inbound, CheckSurroundings surroundings)
    {
        if (FileFaults.TryStart(() => Read(inbound, surroundings)) is { } fault) yield return fault;
        if (FileFaults.TryStart(() => AccessLists.Read(inbound.AccessFiles, surroundings.Full)) is { } other) yield return other;
        if (inbound.Seal.IsOn() && FileFaults.TryStart(() => SealKeyFile.Read(surroundings.Full(inbound.Seal.Key)).Dispose()) is { } seal)
            yield return seal;
    }

    /// <summary>The likely mistakes.</summary>
    public static IEnumerable<string> Warn(FrontendSections options, CheckSurroundings surroundings)
    {
        foreach (var warning in ListWarnings.Repeated("Inbound:Domains", options.Inbound.Domains)) yield return warning;
        foreach (var warning in ListWarnings.Repeated("Inbound:TrustedSealers", options.Inbound.TrustedSealers)) yield return warning;
        var most = options.Inbound.DnsLists.Sum(list => Math.Max(list.Weight, 0));
        if (options.Inbound.DnsLists.Count > 0 && most < options.Inbound.DnsListThreshold && !options.Inbound.DnsListScore)
        {
            yield return $"Inbound:DnsListThreshold is '{options.Inbound.DnsListThreshold}', and all weights together are {most}: " +
                "Inbound:DnsLists have no effect";
        }

        // Without authentication, a name in HELO or MAIL proves nothing.
        foreach (var (index, list) in options.Inbound.DnsLists.Index()
            .Where(one => one.Item is { Weight: < 0, Kind: not DnsListKind.Address }))
        {
            yield return $"Inbound:DnsLists:{index}:Weight is '{list.Weight}' and Inbound:DnsLists:{index}:Kind is "
                + $"'{TextForms.Write(list.Kind)}': every stranger can claim a listed name and gets the weight; "
                + "lists of wanted clients are safe by address";
        }

        if (options.Inbound.Domains.Count > 0 && options.Listeners.Count > 0 && !options.Listeners.Any(IsInbound))
            yield return "Inbound:Domains is not empty and no listener has the service 'inbound': no mail is checked";
        if (options.Inbound.RecipientDelimiter.Length > 0 && options.Inbound.Recipients.Count == 0)
            yield return "Inbound:RecipientDelimiter has no effect, since Inbound:Recipients names no file";
        foreach (var warning in WarnOfRecipients(options.Inbound, surroundings)) yield return warning;
    }

    private static IEnumerable<string> CheckSeal(SealOptions seal)
    {
        (string Name, string Value)[] all = [("Domain", seal.Domain), ("Selector", seal.Selector), ("Key", seal.Key)];
        if (all.All(one => one.Value.Length == 0)) yield break;
        foreach (var (name, _) in all.Where(one => one.Value.Length == 0))
        {
            yield return $"Inbound:Seal:{name} is empty; allowed: all of Inbound:Seal:Domain, Inbound:Seal:Selector and Inbound:Seal:Key, "
                + "or none of them";
        }
    }

    // Domains and addresses that are on one side only.
    private static IEnumerable<string> WarnOfRecipients(InboundOptions inbound, CheckSurroundings surroundings)
    {
        RecipientTable? table = null;
        if (inbound.Recipients.Count == 0) yield break;
        if (FileFaults.TryStart(() => table = Read(inbound, surroundings)) is not null) yield break;
        var named = new HashSet<string>(StringComparer.Ordinal);
        var foreign = new List<string>();
        foreach (var key in table!.Keys)
        {
            var domain = key[(key.LastIndexOf('@') + 1)..];
            if (named.Add(domain) && !inbound.Domains.Any(pattern => pattern.Matches(domain))) foreign.Add(domain);
        }

        if (foreign.Count > 0)
        {
            yield return $"Inbound:Recipients has entries for '{foreign[0]}', one of {foreign.Count} domains that are not in "
                + "Inbound:Domains: the entries have no effect";
        }

        foreach (var domain in inbound.Domains.Where(domain => domain.IsName && !named.Contains(domain.Text)))
            yield return $"Inbound:Recipients has no entry for '{domain}' of Inbound:Domains: each of its recipients is refused";
    }

    private static RecipientTable Read(InboundOptions inbound, CheckSurroundings surroundings) =>
        RecipientFile.Read("Inbound:Recipients", inbound.Recipients, surroundings.Full);

    private static string? DelimiterForm(string text) => text is "" or "+" or "-" or "_" or "=" ? text : null;

    private static string? ListName(string text) =>
        text.Length <= 100 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-') ? text : null;

    private static bool IsInbound(ListenerOptions listener) => listener.Service == ListenerOptions.Inbound;
}
