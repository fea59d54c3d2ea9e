using System.Collections.Frozen;
using Postfleet.Core.Mail;
using Postfleet.Signing.Options;

namespace Postfleet.Signing.Messages;

/// <summary>What decides about signatures at a time. Immutable; <see cref="MessageSigner"/> replaces it as a whole.</summary>
internal sealed class SigningState
{
    private readonly SigningKeys _all;

    /// <param name="files">The keys of section <c>Dkim</c>.</param>
    /// <param name="rules">The mail that must be signed.</param>
    /// <param name="settings">The settings of the keys in storage.</param>
    /// <param name="stored">The keys in storage that sign.</param>
    public SigningState(SigningKeys files, SignatureRules rules, StoredKeySettings settings, IReadOnlyList<SigningKey> stored)
    {
        (Files, Rules, Settings, Stored) = (files, rules, settings, stored);
        // A record can be of one key alone: that of the file.
        _all = stored.Count == 0 ? files
            : new SigningKeys(files.All.Concat(stored.Where(key => !files.Has(key.Domain, key.Selector))));
    }

    /// <summary>The keys of section <c>Dkim</c>.</summary>
    public SigningKeys Files { get; }

    /// <summary>The mail that must be signed.</summary>
    public SignatureRules Rules { get; }

    /// <summary>The settings of the keys in storage.</summary>
    public StoredKeySettings Settings { get; }

    /// <summary>The keys in storage that sign.</summary>
    public IReadOnlyList<SigningKey> Stored { get; }

    /// <summary>The streams of bulk mail.</summary>
    public FrozenSet<string> Bulk { get; init; } = [];

    /// <summary>Whether nothing is signed, and nothing must be.</summary>
    public bool IsEmpty => _all.IsEmpty && Rules.IsEmpty;

    /// <summary>The state with which a node starts, or goes on after a reload.</summary>
    /// <exception cref="Core.StartFailureException">A file cannot be used.</exception>
    public static SigningState Read(SigningSections sections, IReadOnlyList<SigningKey> stored) => new(
        SigningKeys.Read(sections), new SignatureRules(sections.Signing.Required), StoredKeySettings.Read(sections.Signing), stored)
    {
        Bulk = sections.Signing.BulkStreams.ToFrozenSet(StringComparer.Ordinal),
    };

    /// <summary>The keys that sign mail of a domain in a stream.</summary>
    public IReadOnlyList<SigningKey> Find(DomainName domain, string stream) => _all.Find(domain, stream);

    /// <summary>The state with other keys in storage.</summary>
    public SigningState With(IReadOnlyList<SigningKey> stored) => new(Files, Rules, Settings, stored) { Bulk = Bulk };
}
