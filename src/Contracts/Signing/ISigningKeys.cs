using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Signing;

/// <summary>
/// The keys in storage that sign mail, for the API. The module Signing implements it. A change is durable when its method returns, and
/// holds on all nodes within a second. Thread-safe.
/// </summary>
/// <remarks>The methods throw the exception of the storage when it fails.</remarks>
public interface ISigningKeys
{
    /// <summary>Lists keys in the order of domains and selectors.</summary>
    /// <param name="after">Only keys behind this name (<see cref="StoredSigningKey.Name"/>); empty for the first.</param>
    /// <param name="limit">The maximum number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<StoredSigningKey>> ListAsync(string after, int limit, CancellationToken cancellationToken);

    /// <summary>Finds a key; null for none.</summary>
    Task<StoredSigningKey?> FindAsync(DomainName domain, string selector, CancellationToken cancellationToken);

    /// <summary>Makes a key, which signs once its record has been seen in the DNS.</summary>
    /// <returns>The key; null if the domain has a key with this selector, in storage or in this node's section <c>Dkim</c>.</returns>
    /// <exception cref="SigningKeysFullException">The storage has as many keys as it may have.</exception>
    Task<StoredSigningKey?> CreateAsync(
        DomainName domain, string selector, string stream, bool isEd25519, CancellationToken cancellationToken);

    /// <summary>Lets a key sign at once, whatever the DNS says.</summary>
    /// <returns>The key; null if there is none, or if it is retired.</returns>
    Task<StoredSigningKey?> ActivateAsync(DomainName domain, string selector, CancellationToken cancellationToken);

    /// <summary>Ends the signing by a key for good, and deletes its private part.</summary>
    /// <returns>The key; null if there is none.</returns>
    Task<StoredSigningKey?> RetireAsync(DomainName domain, string selector, CancellationToken cancellationToken);

    /// <summary>Looks for the record of a key in the DNS, as this node sees it.</summary>
    Task<RecordSight> LookAsync(StoredSigningKey key, CancellationToken cancellationToken);
}
