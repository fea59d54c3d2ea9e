using System.Text;

namespace Postfleet.Testing;

/// <summary>
/// Creates new inputs from existing inputs: octets are changed, removed, inserted and repeated, and pieces of other inputs and of a
/// dictionary are inserted.
/// </summary>
/// <param name="random">The source of all choices. The same seed gives the same inputs.</param>
/// <param name="dictionary">Texts to insert; each character is an octet.</param>
public sealed class Mutator(Random random, IReadOnlyList<string> dictionary)
{
    /// <summary>The longest input, in octets.</summary>
    public const int MaxLength = 16 * 1024;

    private const int MaxChanges = 8;

    private readonly byte[][] _words = [.. dictionary.Select(Encoding.Latin1.GetBytes)];

    /// <summary>Returns a mutated copy.</summary>
    /// <param name="input">The input to copy.</param>
    /// <param name="other">An input whose pieces may be inserted.</param>
    public byte[] Change(byte[] input, byte[] other)
    {
        var octets = input.ToList();
        for (var left = random.Next(1, MaxChanges + 1); left > 0; left--) ChangeOnce(octets, other);
        return octets.Count > MaxLength ? [.. octets.Take(MaxLength)] : [.. octets];
    }

    private void ChangeOnce(List<byte> octets, byte[] other)
    {
        var at = random.Next(octets.Count + 1);
        switch (random.Next(9))
        {
            case 0 when at < octets.Count: octets[at] ^= (byte)(1 << random.Next(8)); break;
            case 1 when at < octets.Count: octets[at] = (byte)random.Next(256); break;
            case 2: octets.Insert(at, (byte)random.Next(256)); break;
            case 3: octets.RemoveRange(at, Math.Min(octets.Count - at, random.Next(1, 20))); break;
            case 4: octets.InsertRange(at, Piece(octets.ToArray())); break;
            case 5: octets.InsertRange(at, Piece(other)); break;
            case 6: octets.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), 1 << random.Next(14))); break;
            case 7: octets.RemoveRange(at, octets.Count - at); break;
            default: octets.InsertRange(at, _words[random.Next(_words.Length)]); break;
        }
    }

    // Mostly whole lines, because commands in a wrong order find more faults than misspelt commands.
    private byte[] Piece(byte[] octets)
    {
        if (octets.Length == 0) return [];
        var from = random.Next(octets.Length);
        if (random.Next(3) == 0) return octets[from..Math.Min(octets.Length, from + random.Next(1, 200))];
        var begin = Array.LastIndexOf(octets, (byte)'\n', from) + 1;
        var end = Array.IndexOf(octets, (byte)'\n', from);
        return octets[begin..(end < 0 ? octets.Length : end + 1)];
    }
}
