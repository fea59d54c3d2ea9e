using Postfleet.Contracts.Signing;
using Postfleet.Core.Mail;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Tests.Fakes;

/// <summary>Keys that sign, in memory.</summary>
internal sealed class FakeSigningKeys : ISigningKeys
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    private readonly SortedDictionary<string, StoredSigningKey> _keys = new(StringComparer.Ordinal);

    /// <summary>Whether the storage does not answer.</summary>
    public bool IsAway { get; set; }

    public Task<IReadOnlyList<StoredSigningKey>> ListAsync(string after, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<StoredSigningKey>>(
            [.. Keys().Values.Where(key => string.CompareOrdinal(key.Name, after) > 0).Take(limit)]);

    public Task<StoredSigningKey?> FindAsync(DomainName domain, string selector, CancellationToken cancellationToken) =>
        Task.FromResult(Keys().GetValueOrDefault($"{domain}/{selector}"));

    public Task<StoredSigningKey?> CreateAsync(
        DomainName domain, string selector, string stream, bool isEd25519, CancellationToken cancellationToken)
    {
        var key = new StoredSigningKey(
            domain, selector, stream, isEd25519 ? "ed25519-sha256" : "rsa-sha256", $"v=DKIM1; p={new string('A', 300)}", Now);
        return Task.FromResult(Keys().TryAdd(key.Name, key) ? key : null);
    }

    public Task<StoredSigningKey?> ActivateAsync(DomainName domain, string selector, CancellationToken cancellationToken) => Change(
        domain, selector, key => key.RetiredAt is null ? key with { Phase = SigningKeyPhase.Active, SignsFrom = Now } : null);

    public Task<StoredSigningKey?> RetireAsync(DomainName domain, string selector, CancellationToken cancellationToken) => Change(
        domain, selector,
        key => key with { Phase = SigningKeyPhase.Retired, RetiredAt = Now, KeepRecordUntil = Now.AddDays(14) });

    public Task<RecordSight> LookAsync(StoredSigningKey key, CancellationToken cancellationToken) => Task.FromResult(RecordSight.Different);

    private Task<StoredSigningKey?> Change(DomainName domain, string selector, Func<StoredSigningKey, StoredSigningKey?> change)
    {
        if (Keys().GetValueOrDefault($"{domain}/{selector}") is not { } key || change(key) is not { } next)
            return Task.FromResult<StoredSigningKey?>(null);
        return Task.FromResult<StoredSigningKey?>(_keys[key.Name] = next);
    }

    private SortedDictionary<string, StoredSigningKey> Keys() =>
        IsAway ? throw new SpoolUnavailableException("the storage is away") : _keys;
}
