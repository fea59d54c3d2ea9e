using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Results;

namespace Postfleet.Authentication.Arc;

/// <summary>One set of ARC fields (RFC 8617 section 4.2).</summary>
internal sealed record ArcFields(HeaderField Results, DkimSignature Message, DkimSignature Seal);

/// <summary>The ARC fields of a message, sorted into sets. Pure and bounded.</summary>
internal sealed class ArcChain
{
    /// <summary>The name of the field with results.</summary>
    public const string ResultsName = "ARC-Authentication-Results";

    /// <summary>The name of the field with the signature of the message.</summary>
    public const string MessageName = "ARC-Message-Signature";

    /// <summary>The name of the field with the seal.</summary>
    public const string SealName = "ARC-Seal";

    // Each seal signs all sets below it, so the work grows with the square of the length.
    private const int MaxOctets = 256 * 1024;

    private readonly List<ArcFields> _sets = [];

    private ArcChain()
    {
    }

    /// <summary>The sets by their instance, from 1; incomplete if the chain has an error.</summary>
    public IReadOnlyList<ArcFields> Sets => _sets;

    /// <summary>What is wrong with the structure; null for a valid chain, and for none.</summary>
    public string? Error { get; private set; }

    /// <summary>The greatest readable instance of any field.</summary>
    public int LastInstance { get; private set; }

    /// <summary>Whether the seal with the greatest instance says that the chain is broken.</summary>
    public bool IsMarkedFailed { get; private set; }

    /// <summary>Whether the message has ARC fields.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>Reads the chain of a message.</summary>
    public static ArcChain Read(MessageHeader header)
    {
        var chain = new ArcChain();
        chain.Error = chain.ReadFields(header);
        return chain;
    }

    private string? ReadFields(MessageHeader header)
    {
        var (results, messages, seals) = (header.Named(ResultsName), header.Named(MessageName), header.Named(SealName));
        // A header that is too long may have a chain.
        IsPresent = results.Count + messages.Count + seals.Count > 0 || !header.IsComplete;
        if (!IsPresent) return null;
        if (!header.IsComplete) return "header too long";
        foreach (var fields in (ReadOnlySpan<IReadOnlyList<HeaderField>>)[results, messages, seals])
        {
            if (fields.Count > DkimSignature.MaxInstance) return "too many sets";
        }

        if (results.Concat(messages).Concat(seals).Sum(field => field.End - field.Start) > MaxOctets) return "fields too long";
        var byInstance = new SortedDictionary<int, (HeaderField? Results, DkimSignature? Message, DkimSignature? Seal)>();
        var error = Sort(results, field => (Instance(header, field), null), (set, field, _) => set with { Results = field })
            ?? Sort(messages, field => Read(field, SignatureKind.ArcMessage), (set, _, read) => set with { Message = read })
            ?? Sort(seals, field => Read(field, SignatureKind.ArcSeal), (set, _, read) => set with { Seal = read });
        LastInstance = byInstance.Count > 0 ? byInstance.Keys.Last() : 0;
        IsMarkedFailed = LastInstance > 0 && byInstance[LastInstance].Seal is { Error: null, ChainStatus: "fail" };
        return error ?? Order(byInstance);

        (int, DkimSignature?) Read(HeaderField field, SignatureKind kind)
        {
            var signature = DkimSignature.Read(header, field, kind);
            return (signature.Instance, signature);
        }

        string? Sort(
            IReadOnlyList<HeaderField> fields,
            Func<HeaderField, (int Instance, DkimSignature?)> read,
            Func<(HeaderField? Results, DkimSignature? Message, DkimSignature? Seal), HeaderField, DkimSignature?,
                (HeaderField?, DkimSignature?, DkimSignature?)> add)
        {
            string? error = null;
            foreach (var field in fields)
            {
                var (instance, signature) = read(field);
                if (instance == 0)
                {
                    error ??= "field without instance";
                    continue;
                }

                byInstance.TryGetValue(instance, out var set);
                var added = add(set, field, signature);
                if (Count(added) == Count(set)) error ??= $"repeated field of set {instance}";
                byInstance[instance] = added;
            }

            return error;
        }
    }

    private string? Order(SortedDictionary<int, (HeaderField? Results, DkimSignature? Message, DkimSignature? Seal)> byInstance)
    {
        var next = 1;
        foreach (var (instance, set) in byInstance)
        {
            if (instance != next++ || set is not ({ } results, { } message, { } seal)) return $"set {next - 1} incomplete";
            if (seal.Error is { } error) return $"seal {instance}: {error}";
            // A seal of the first set has nothing to vouch for; the others must have found the chain in order.
            if (seal.ChainStatus == "fail") return $"marked as failed by {seal.Domain}";
            if (seal.ChainStatus != (instance == 1 ? "none" : "pass")) return $"seal {instance}: wrong chain status";
            _sets.Add(new ArcFields(results, message, seal));
        }

        return _sets[^1].Message.Error is { } invalid ? $"message signature: {invalid}" : null;
    }

    private static int Instance(MessageHeader header, HeaderField field) =>
        AuthenticationResults.TryReadInstance(header.Text(field), out var instance, out _) && instance <= DkimSignature.MaxInstance
            ? instance : 0;

    private static int Count((HeaderField? Results, DkimSignature? Message, DkimSignature? Seal) set) =>
        (set.Results is null ? 0 : 1) + (set.Message is null ? 0 : 1) + (set.Seal is null ? 0 : 1);
}
