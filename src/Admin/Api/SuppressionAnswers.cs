namespace Postfleet.Admin.Api;

/// <summary>An entry of the suppression list.</summary>
/// <param name="Target">The address or domain that gets no mail.</param>
/// <param name="Scope">The mail that it does not get: all, stream:NAME or user:NAME.</param>
/// <param name="Reason">Why: a class of failures, or what the maker of the entry gave.</param>
/// <param name="Source">Who made the entry.</param>
/// <param name="CreatedAt">When the entry was made.</param>
/// <param name="ExpiresAt">From when it has no effect; null for never.</param>
/// <param name="IsApplied">Whether the node that answers applies the list; the configuration decides.</param>
public sealed record SuppressionView(
    string Target, string Scope, string Reason, string Source, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, bool IsApplied);

/// <summary>A page of the suppression list, in the order of targets and scopes.</summary>
/// <param name="Suppressions">The entries of the page.</param>
/// <param name="Cursor">Continues the list where the page ends; null at its end. A page may be short before the end.</param>
/// <param name="IsComplete">Whether the list is complete: always, since the storage answers or the request fails.</param>
/// <param name="Unanswered">No node.</param>
public sealed record SuppressionList(
    IReadOnlyList<SuppressionView> Suppressions, string? Cursor, bool IsComplete, IReadOnlyList<string> Unanswered);

/// <summary>An entry to make or to replace.</summary>
/// <param name="Target">An address or a domain.</param>
/// <param name="Scope">all, stream:NAME or user:NAME; all if it is missing.</param>
/// <param name="Reason">Why, in a word or a sentence; manual if it is missing.</param>
/// <param name="Expires">When it ends: a duration such as 90d, or a time; never if it is missing.</param>
public sealed record SuppressionBody(string Target, string? Scope = null, string? Reason = null, string? Expires = null);

/// <summary>Entries to make or to replace, 1,000 at most.</summary>
/// <param name="Suppressions">The entries.</param>
public sealed record SuppressionImport(IReadOnlyList<SuppressionBody> Suppressions);

/// <summary>The effect of entries.</summary>
/// <param name="Added">New entries.</param>
/// <param name="Replaced">Entries that were there before.</param>
/// <param name="IsApplied">Whether the node that answers applies the list; the configuration decides.</param>
public sealed record SuppressionCount(int Added, int Replaced, bool IsApplied);

/// <summary>The answer to the removal of an entry.</summary>
/// <param name="Target">The address or domain.</param>
/// <param name="Scope">The scope.</param>
public sealed record SuppressionDeletion(string Target, string Scope);
