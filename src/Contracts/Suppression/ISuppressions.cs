using Postfleet.Core.Suppression;

namespace Postfleet.Contracts.Suppression;

/// <summary>
/// The entries of the suppression list, for the API. Implemented by the module Operations. A change is durable when its method returns, and
/// holds on all nodes within a second. Thread-safe.
/// </summary>
/// <remarks>Methods throw <see cref="SuppressionUnavailableException"/> while the storage cannot be used.</remarks>
public interface ISuppressions
{
    /// <summary>Whether this node applies the list; entries are kept also where it does not.</summary>
    bool IsOn { get; }

    /// <summary>Finds an entry; null for none.</summary>
    Task<SuppressionRow?> FindAsync(SuppressionKey key, CancellationToken cancellationToken);

    /// <summary>Lists entries in the order of their keys.</summary>
    /// <param name="filter">Which entries.</param>
    /// <param name="after">Only entries behind this key.</param>
    /// <param name="limit">The maximum number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<SuppressionPage> ListAsync(SuppressionListFilter filter, SuppressionKey after, int limit, CancellationToken cancellationToken);

    /// <summary>Makes changes in one transaction.</summary>
    /// <param name="writes">The changes, at most 1,000.</param>
    /// <param name="cancellationToken">Ends the wait; the changes may be durable all the same.</param>
    /// <returns>The effects in the order of the changes.</returns>
    Task<IReadOnlyList<SuppressionEffect>> WriteAsync(IReadOnlyList<SuppressionWrite> writes, CancellationToken cancellationToken);
}

/// <summary>Which entries are listed. A null allows any value.</summary>
/// <param name="Target">The address or domain.</param>
/// <param name="Domain">The domain of the address, or the domain itself.</param>
/// <param name="Scope">The scope.</param>
/// <param name="Reason">The reason.</param>
public sealed record SuppressionListFilter(string? Target, string? Domain, string? Scope, string? Reason)
{
    /// <summary>Whether an entry is listed.</summary>
    public bool Matches(SuppressionRow row) =>
        (Target is null || row.Key.Target == Target) && (Scope is null || row.Key.Scope == Scope)
        && (Reason is null || row.Reason == Reason)
        && (Domain is null || row.Key.Target == Domain || row.Key.Target.EndsWith($"@{Domain}", StringComparison.Ordinal));
}

/// <summary>A page of entries.</summary>
/// <param name="Entries">The entries.</param>
/// <param name="Next">The key behind which the next page begins; null at the end of the list.</param>
public sealed record SuppressionPage(IReadOnlyList<SuppressionRow> Entries, SuppressionKey? Next);
