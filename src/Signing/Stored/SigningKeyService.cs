using System.Security.Cryptography;
using Postfleet.Authentication.Dkim;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Mail;
using Postfleet.Dns;
using Postfleet.Signing.Messages;
using Postfleet.Spool.Common;

namespace Postfleet.Signing.Stored;

/// <summary>
/// The keys in storage for the API, from the storage itself. The nodes learn of the changes by <see cref="StoredKeys"/>. Thread-safe.
/// </summary>
/// <param name="store">The keys in storage.</param>
/// <param name="signer">Signs with the keys.</param>
/// <param name="dns">The DNS.</param>
/// <param name="time">The clock.</param>
/// <param name="count">The number of keys by the last poll of this node.</param>
internal sealed class SigningKeyService(
    ISigningKeyStore store, MessageSigner signer, Func<IDnsLookup> dns, TimeProvider time, Func<int> count) : ISigningKeys
{
    // RFC 8301 section 3.2: signers should use at least 2048 bits; longer keys do not fit into answers of the DNS by UDP.
    private const int RsaBits = 2048;

    private const int SeedLength = 32;

    // Of simultaneous changes of a key, the first is made, and the others are made over its result.
    private const int Attempts = 5;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredSigningKey>> ListAsync(string after, int limit, CancellationToken cancellationToken)
    {
        List<StoredSigningKey> keys = [];
        // A damaged row must not end the list: a caller takes a short page for the last one.
        for (var wanted = limit; wanted > 0; wanted = limit - keys.Count)
        {
            var rows = await store.ListAsync(after, wanted, cancellationToken);
            keys.AddRange(rows.Select(Read).OfType<StoredKey>().Select(Show));
            if (rows.Count < wanted) break;
            after = rows[^1].Name;
        }

        return keys;
    }

    /// <inheritdoc/>
    public async Task<StoredSigningKey?> FindAsync(DomainName domain, string selector, CancellationToken cancellationToken) =>
        await store.FindAsync(NameOf(domain, selector), cancellationToken) is { } row && Read(row) is { } key ? Show(key) : null;

    /// <inheritdoc/>
    public async Task<StoredSigningKey?> CreateAsync(
        DomainName domain, string selector, string stream, bool isEd25519, CancellationToken cancellationToken)
    {
        if (signer.HasFile(domain, selector)) return null;
        if (count() >= StoredKeys.MaxKeys) throw new SigningKeysFullException(StoredKeys.MaxKeys);
        var (name, now) = (NameOf(domain, selector), time.GetUtcNow());
        // A key of RSA takes a tenth of a second or more.
        var text = await Task.Run(() => Generate(isEd25519), cancellationToken);
        if (!DkimPrivateKey.TryRead(text, out var opened, out var error)) throw new InvalidOperationException(error);
        using (opened)
        {
            var key = new StoredKey(
                new StoredSigningKey(domain, selector, stream, opened.AlgorithmName, opened.Record, now),
                signer.Settings.Seal.Seal(name, text));
            return await store.WriteAsync(name, key.Write(), 0, now, cancellationToken) is null ? null : Show(key);
        }
    }

    /// <inheritdoc/>
    public Task<StoredSigningKey?> ActivateAsync(DomainName domain, string selector, CancellationToken cancellationToken) => ChangeAsync(
        domain, selector, (key, now) => key.Key.RetiredAt is null ? key.Activated(now) : null, cancellationToken);

    /// <inheritdoc/>
    public Task<StoredSigningKey?> RetireAsync(DomainName domain, string selector, CancellationToken cancellationToken) => ChangeAsync(
        domain, selector, (key, now) => key.Retired(now, signer.Settings.RetiredFor), cancellationToken);

    /// <inheritdoc/>
    public async Task<RecordSight> LookAsync(StoredSigningKey key, CancellationToken cancellationToken) =>
        RecordCheck.Of(await dns().TextAsync(key.RecordName, cancellationToken), key.Record);

    private static string NameOf(DomainName domain, string selector) => $"{domain}/{selector}";

    private static StoredKey? Read(NamedRow row) => StoredKey.TryRead(row.Name, row.Data);

    private static string Generate(bool isEd25519)
    {
        if (isEd25519) return Convert.ToBase64String(RandomNumberGenerator.GetBytes(SeedLength));
        using var rsa = RSA.Create(RsaBits);
        return rsa.ExportPkcs8PrivateKeyPem();
    }

    private StoredSigningKey Show(StoredKey key) =>
        key.At(time.GetUtcNow(), key.Private.Length == 0 ? null : signer.Settings.Seal.Open(key.Key.Name, key.Private, out _));

    private async Task<StoredSigningKey?> ChangeAsync(
        DomainName domain, string selector, Func<StoredKey, DateTimeOffset, StoredKey?> change, CancellationToken cancellationToken)
    {
        var name = NameOf(domain, selector);
        for (var attempt = 0; ; attempt++)
        {
            if (await store.FindAsync(name, cancellationToken) is not { } row || Read(row) is not { } key) return null;
            var now = time.GetUtcNow();
            if (change(key, now) is not { } next) return null;
            if (next == key) return Show(key);
            if (await store.WriteAsync(name, next.Write(), row.Change, now, cancellationToken) is not null) return Show(next);
            if (attempt == Attempts) throw new SpoolUnavailableException($"the key {name} is being changed by others");
        }
    }
}
