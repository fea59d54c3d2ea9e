namespace Postfleet.Admin.Api;

/// <summary>A key to make.</summary>
/// <param name="Domain">The domain in From whose mail the key signs, and which signs it.</param>
/// <param name="Selector">The selector: the record stands at SELECTOR._domainkey.DOMAIN.</param>
/// <param name="Algorithm">The algorithm: rsa (of 2,048 bits) or ed25519.</param>
/// <param name="Stream">The stream whose mail the key signs; empty for all streams without a key of their own.</param>
public sealed record DkimKeyBody(string Domain, string Selector, string Algorithm = "rsa", string Stream = "");

/// <summary>A key that signs. No private key is shown.</summary>
/// <param name="Domain">The domain in From whose mail the key signs, and which signs it.</param>
/// <param name="Selector">The selector.</param>
/// <param name="Stream">The stream whose mail the key signs; empty for all streams without a key of their own.</param>
/// <param name="Algorithm">The algorithm: rsa-sha256 or ed25519-sha256.</param>
/// <param name="State">
/// waiting: the record was not seen in the DNS. published: it was seen, and the key signs from signsFrom on. active: the newest active key
/// of an algorithm, domain and stream signs. retired: the key signs nothing any more.
/// </param>
/// <param name="RecordName">The name of the record in the DNS.</param>
/// <param name="RecordTexts">The texts of the TXT record, of 255 octets at most each.</param>
/// <param name="Dns">
/// What this node sees in the DNS, in answers about a single key: published, missing, different (another record, or several) or unknown (no
/// answer).
/// </param>
/// <param name="CreatedAt">When the key was made.</param>
/// <param name="PublishedAt">When a node first saw the record; null for not yet.</param>
/// <param name="SignsFrom">From when the key signs; null while the record was not seen.</param>
/// <param name="RetiredAt">When the key was retired; null for a key in use.</param>
/// <param name="KeepRecordUntil">Until when the record of a retired key must stay in the DNS; then the key is removed.</param>
/// <param name="Fault">Why this node cannot use the key; null if it can.</param>
public sealed record DkimKeyView(
    string Domain,
    string Selector,
    string Stream,
    string Algorithm,
    string State,
    string RecordName,
    IReadOnlyList<string> RecordTexts,
    string? Dns,
    DateTimeOffset CreatedAt,
    DateTimeOffset? PublishedAt,
    DateTimeOffset? SignsFrom,
    DateTimeOffset? RetiredAt,
    DateTimeOffset? KeepRecordUntil,
    string? Fault);

/// <summary>A page of the keys, in the order of domains and selectors.</summary>
/// <param name="Keys">The keys of the page.</param>
/// <param name="Cursor">Continues the list where the page ends; null at its end.</param>
/// <param name="IsComplete">Whether the list is complete: always, since the storage answers or the request fails.</param>
/// <param name="Unanswered">No node.</param>
public sealed record DkimKeyList(IReadOnlyList<DkimKeyView> Keys, string? Cursor, bool IsComplete, IReadOnlyList<string> Unanswered);
