using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Rewriting;

/// <summary>A change of content: octets that replace those between two offsets.</summary>
/// <param name="Start">The offset of the first replaced octet.</param>
/// <param name="End">The offset behind the last replaced octet; equal to the start to insert octets.</param>
/// <param name="Octets">The octets in their place.</param>
internal readonly record struct Edit(int Start, int End, ReadOnlyMemory<byte> Octets)
{
    /// <summary>Applies changes, which are in order and do not overlap.</summary>
    public static MessageContent Apply(MessageContent content, IReadOnlyList<Edit> edits)
    {
        var pieces = new ContentPieces();
        var next = 0;
        foreach (var edit in edits)
        {
            pieces.Add(content.Octets.Slice(next, edit.Start - next));
            pieces.Add(edit.Octets);
            next = edit.End;
        }

        pieces.Add(content.Octets.Slice(next));
        return pieces.Build();
    }
}
