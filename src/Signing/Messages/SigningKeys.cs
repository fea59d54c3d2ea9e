using System.Collections.Frozen;
using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Signing.Options;

namespace Postfleet.Signing.Messages;

/// <summary>
/// The keys in force, by domain and stream. Immutable; <see cref="MessageSigner"/> replaces it as a whole in a reload. Thread-safe.
/// </summary>
internal sealed class SigningKeys : IDisposable
{
    private readonly FrozenDictionary<(string Domain, string Stream), SigningKey[]> _keys;

    /// <param name="keys">The keys.</param>
    public SigningKeys(IEnumerable<SigningKey> keys) =>
        _keys = keys.GroupBy(key => (key.Domain.Value, key.Stream)).ToFrozenDictionary(group => group.Key, group => group.ToArray());

    /// <summary>All keys.</summary>
    public IEnumerable<SigningKey> All => _keys.Values.SelectMany(keys => keys);

    /// <summary>Whether nothing is signed.</summary>
    public bool IsEmpty => _keys.Count == 0;

    /// <summary>Reads the files of the keys.</summary>
    /// <exception cref="StartFailureException">A file cannot be used.</exception>
    public static SigningKeys Read(SigningSections sections) => new([.. sections.Dkim.Select((entry, index) =>
    {
        var domain = DomainName.TryParse(entry.Domain, out var name) ? name
            : throw new StartFailureException($"Dkim:{index}:Domain is '{entry.Domain}'; allowed: a domain name");
        return new SigningKey(domain, entry.Selector.ToLowerInvariant(), entry.Stream, SigningKeyFile.Read(index, entry.Key))
        {
            HasTime = entry.Timestamp,
            Validity = entry.Validity > TimeSpan.Zero ? entry.Validity : null,
        };
    })]);

    /// <summary>The keys that sign mail of a domain in a stream: those of the stream, or else those for all streams.</summary>
    public IReadOnlyList<SigningKey> Find(DomainName domain, string stream) =>
        _keys.TryGetValue((domain.Value, stream), out var own) || _keys.TryGetValue((domain.Value, ""), out own) ? own : [];

    /// <summary>Whether a domain has a key with a selector.</summary>
    public bool Has(DomainName domain, string selector) => All.Any(key => key.Domain == domain && key.Selector == selector);

    /// <summary>Drops the private keys. Signatures in progress come to their end.</summary>
    public void Dispose()
    {
        foreach (var key in All) key.Key.Dispose();
    }
}
