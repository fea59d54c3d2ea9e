using System.Collections.Immutable;
using Postfleet.Dns;

namespace Postfleet.Authentication.Dkim;

/// <summary>The keys of the signatures of a message. Each name is asked for once, and all at the same time.</summary>
internal sealed class KeyLookup
{
    /// <summary>The greatest number of TXT records at one name that are tried as keys.</summary>
    public const int MaxRecords = 4;

    private readonly Dictionary<string, DnsAnswer<string>> _answers;

    private KeyLookup(Dictionary<string, DnsAnswer<string>> answers) => _answers = answers;

    /// <summary>Fetches the key records of signatures without errors.</summary>
    /// <exception cref="OperationCanceledException">The lookup was cancelled.</exception>
    public static async ValueTask<KeyLookup> FetchAsync(
        IEnumerable<DkimSignature> signatures, IDnsLookup dns, CancellationToken cancellation)
    {
        var names = signatures.Where(signature => signature.Error is null).Select(signature => signature.KeyName).Distinct().ToArray();
        var answers = await Task.WhenAll(names.Select(name => dns.TextAsync(name, cancellation).AsTask()));
        return new KeyLookup(names.Zip(answers).ToDictionary(pair => pair.First, pair => pair.Second));
    }

    /// <summary>The keys that a signature may use. Without any, the status and the reason say why.</summary>
    public KeyChoice Choose(DkimSignature signature)
    {
        var answer = _answers[signature.KeyName];
        if (answer.Status == DnsStatus.Failed) return new KeyChoice([], DkimStatus.TempError, "key could not be fetched");
        if (answer.Status != DnsStatus.Found || answer.Records.IsDefaultOrEmpty) return new KeyChoice([], DkimStatus.PermError, "no key");
        var keys = ImmutableArray.CreateBuilder<DkimPublicKey>();
        string? first = null;
        foreach (var record in answer.Records.Take(MaxRecords))
        {
            var error = KeyCache.TryRead(record, out var key, out var invalid) ? Refusal(key, signature) : invalid;
            if (error is null) keys.Add(key!);
            else first ??= error;
        }

        return new KeyChoice(keys.ToImmutable(), DkimStatus.PermError, first ?? "");
    }

    private static string? Refusal(DkimPublicKey key, DkimSignature signature)
    {
        if (key.Algorithm != signature.Algorithm) return "key of another algorithm";
        return key.IsStrict && signature.IsIdentityInSubdomain ? "identity in a subdomain, which the key forbids" : null;
    }
}

/// <summary>The keys that a signature may use.</summary>
/// <param name="Keys">The keys; more than one only if the domain has several records at one name.</param>
/// <param name="Status">The result of the signature if there are no keys.</param>
/// <param name="Reason">Why there are no keys.</param>
internal readonly record struct KeyChoice(ImmutableArray<DkimPublicKey> Keys, DkimStatus Status, string Reason)
{
    /// <summary>The key that made a signature; null if none did.</summary>
    public DkimPublicKey? FindSigner(byte[] hash, byte[] signature)
    {
        foreach (var key in Keys)
        {
            if (key.Verify(hash, signature)) return key;
        }

        return null;
    }
}
