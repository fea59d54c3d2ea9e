using Postfleet.Core.Queueing;

namespace Postfleet.Spool.History;

/// <summary>
/// The searchable values of a block of events as a Bloom filter: a search reads only the blocks whose filter has its values, and 1% of the
/// other blocks. The hash is stored and never changes.
/// </summary>
internal static class HistoryKeys
{
    // Ten bits for a value and seven probes: 1% of wrong answers.
    private const int BitsPerKey = 10;
    private const int Probes = 7;
    private const ulong Offset = 14_695_981_039_346_656_037;
    private const ulong Prime = 1_099_511_628_211;

    /// <summary>The hash of a message.</summary>
    public static ulong Of(MessageId message) => Finish((Offset ^ 'm' ^ message.High) * Prime ^ Finish(message.Low));

    /// <summary>The hash of a recipient's address.</summary>
    public static ulong OfRecipient(string address) => Of('r', address);

    /// <summary>The hash of a sender's address.</summary>
    public static ulong OfSender(string address) => Of('s', address);

    /// <summary>The hash of a recipient's domain.</summary>
    public static ulong OfDomain(ReadOnlySpan<char> domain) => Of('d', domain);

    /// <summary>The hash of a stream.</summary>
    public static ulong OfStream(ReadOnlySpan<char> stream) => Of('t', stream);

    /// <summary>The hash of the Message-ID of a header.</summary>
    public static ulong OfHeaderId(string id) => Of('h', id);

    /// <summary>The filter of hashes.</summary>
    public static byte[] Build(IReadOnlyCollection<ulong> keys)
    {
        var filter = new byte[(keys.Count * BitsPerKey + 7) / 8];
        foreach (var key in keys)
        {
            foreach (var bit in BitsOf(key, filter.Length)) filter[bit >> 3] |= (byte)(1 << (int)(bit & 7));
        }

        return filter;
    }

    /// <summary>Whether a filter may have a hash; false is certain.</summary>
    public static bool MayHave(ReadOnlySpan<byte> filter, ulong key)
    {
        if (filter.IsEmpty) return false;
        foreach (var bit in BitsOf(key, filter.Length)) if ((filter[(int)(bit >> 3)] & (1 << (int)(bit & 7))) == 0) return false;
        return true;
    }

    private static BitSequence BitsOf(ulong key, int length) => new(key, (ulong)length * 8);

    private static ulong Of(char kind, ReadOnlySpan<char> text)
    {
        var hash = (Offset ^ kind) * Prime;
        foreach (var c in text) hash = (hash ^ c) * Prime;
        return Finish(hash);
    }

    private static ulong Finish(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }

    // Probes of a hash by double hashing.
    private ref struct BitSequence(ulong key, ulong bits)
    {
        private readonly ulong _step = (key >> 32) | 1;
        private ulong _next = key & uint.MaxValue;
        private int _left = Probes;

        public readonly ulong Current => _next % bits;

        public readonly BitSequence GetEnumerator() => this;

        public bool MoveNext()
        {
            _next += _step;
            return _left-- > 0;
        }
    }
}
