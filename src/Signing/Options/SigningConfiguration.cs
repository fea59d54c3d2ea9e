using Postfleet.Authentication.Dkim;
using Postfleet.Configuration;
using Postfleet.Core.Queueing;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Signing.Options;

/// <summary>The keys and checks of the sections <c>Dkim</c> and <c>Signing</c>.</summary>
public sealed class SigningConfiguration : ModuleConfiguration<SigningSections>
{
    /// <summary>Most entries.</summary>
    internal const int MaxKeys = 10_000;

    /// <summary>Most keys for the mail of a domain and a stream; receivers check few signatures of a message.</summary>
    internal const int MaxSignatures = 4;

    // RFC 8301 section 3.2: signers should use at least 2048 bits.
    private const int GoodRsaBits = 2048;

    /// <inheritdoc/>
    public override IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("Dkim:#:Domain", Text("a domain name", TextForms.Name), "example.org",
            "Domain in From whose mail is signed by DKIM (RFC 6376), and which signs it (d=).") { Required = true },
        new("Dkim:#:Selector", Text("a domain name", TextForms.Name), "s1",
            "Selector of the key: the DNS has its record at SELECTOR._domainkey.DOMAIN.") { Required = true },
        new("Dkim:#:Key", FilePath(), "/etc/postfleet/dkim.key",
            "File with the private key: PEM of RSA or Ed25519, or the Ed25519 seed in base64.") { Required = true },
        new("Dkim:#:Stream", Text("the name of a stream, or empty", StreamName), "bulk",
            "Stream whose mail the key signs; empty for all streams without a key of their own in the domain."),
        new("Dkim:#:Validity", Duration("0s", "365d"), "7d", "How long signatures of the key are valid (x=); 0s for ever."),
        new("Dkim:#:Timestamp", Flag, "false", "Whether signatures of the key say when they were made (t=)."),
        new("Signing:Required:#:Domain", Text("a domain name, or *", NameOrAll), "example.org",
            "Domain in From whose mail is never sent unsigned: without a usable key it waits, or is deferred; * for all domains.")
            { Required = true },
        new("Signing:Required:#:Stream", Text("the name of a stream, or empty", StreamName), "bulk",
            "Stream of the mail that is never sent unsigned; empty for all streams."),
        new("Signing:BulkStreams:#", Text("the name of a stream", BulkStream), "bulk",
            "Stream of bulk mail: the log and a metric tell what its messages lack of what large mailbox providers demand (RFC 8058)."),
        new("Signing:SecretFile", FilePath(), "/etc/postfleet/dkim.secret",
            "File with a secret, the same on all nodes, that seals private keys in the storage; empty stores them in the clear."),
        new("Signing:PublishedFor", Duration("0s", "10d"), "1h",
            "How long the record of a new key in storage must have been seen in the DNS before the key signs."),
        new("Signing:RetiredFor", Duration("1d", "365d"), "30d",
            "How long the record of a retired key must stay in the DNS; the key is removed from the storage then."),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reloaded { get; } = ["Dkim", "Signing"];

    /// <inheritdoc/>
    protected override IEnumerable<string> Check(SigningSections options)
    {
        if (options.Dkim.Count > MaxKeys) yield return $"Dkim has {options.Dkim.Count} elements; allowed: at most {MaxKeys}";
        if (options.Signing.Required.Count > MaxKeys)
            yield return $"Signing:Required has {options.Signing.Required.Count} elements; allowed: at most {MaxKeys}";
        var places = new HashSet<(string, string)>();
        var signers = new Dictionary<(string, string), int>();
        foreach (var (index, key) in options.Dkim.Index())
        {
            if (!places.Add((key.Selector.ToLowerInvariant(), key.Domain.ToLowerInvariant() + " " + key.Stream)))
                yield return $"Dkim:{index}:Selector is '{key.Selector}'; allowed: one that no other key of the domain has in the stream";
            // RFC 6376 section 3.5: x= must be greater than t=, so receivers need both.
            if (key is { Timestamp: false, Validity.Ticks: > 0 })
                yield return $"Dkim:{index}:Timestamp is 'false' and Dkim:{index}:Validity is not 0s; allowed: Timestamp with a Validity";
            var place = (key.Domain.ToLowerInvariant(), key.Stream);
            var count = signers[place] = signers.GetValueOrDefault(place) + 1;
            if (count == MaxSignatures + 1)
                yield return $"Dkim:{index}:Domain is '{key.Domain}'; allowed: at most {MaxSignatures} keys of a domain in a stream";
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> CheckFiles(SigningSections options, CheckSurroundings surroundings)
    {
        foreach (var (index, entry) in options.Dkim.Index())
        {
            var file = surroundings.Full(entry.Key);
            if (FileFaults.TryStart(() => SigningKeyFile.Read(index, file).Dispose()) is { } fault) yield return fault;
        }

        if (options.Signing.SecretFile.Length > 0
            && FileFaults.TryStart(() => SealSecretFile.Read(surroundings.Full(options.Signing.SecretFile))) is { } secret)
            yield return secret;
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(SigningSections options, CheckSurroundings surroundings)
    {
        var domains = new Dictionary<(string, string), bool>();
        foreach (var (index, entry) in options.Dkim.Index())
        {
            if (SecretFile.TryReadText(surroundings.Full(entry.Key), out var text) is not null) continue;
            if (!DkimPrivateKey.TryRead(text, out var key, out _)) continue;
            using (key)
            {
                var isRsa = key.Algorithm == DkimAlgorithm.RsaSha256;
                var place = (entry.Domain, entry.Stream);
                domains[place] = domains.GetValueOrDefault(place) || isRsa;
                if (isRsa && key.Bits < GoodRsaBits)
                    yield return $"Dkim:{index}:Key has an RSA key of {key.Bits} bits; use at least {GoodRsaBits} (RFC 8301)";
            }
        }

        foreach (var ((domain, stream), hasRsa) in domains)
        {
            if (!hasRsa)
                yield return $"Dkim has no RSA key for '{domain}'{(stream.Length > 0 ? $" in the stream '{stream}'" : "")}; "
                    + "large providers do not verify Ed25519";
        }
    }

    private static string? NameOrAll(string text) => text == RequiredSignatureOptions.AllDomains ? text : TextForms.Name(text);

    private static string? BulkStream(string text) => StreamName(text) is { Length: > 0 } name ? name : null;

    private static string? StreamName(string text) =>
        text.ToLowerInvariant() is var name && (name.Length == 0 || QueueKey.IsStream(name)) ? name : null;
}
