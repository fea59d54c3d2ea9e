namespace Postfleet.Core.Mail;

/// <summary>Prepends header fields to finished content without copying the content.</summary>
public static class AddedHeaders
{
    /// <summary>The header fields, in their order, followed by the content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="headers">The header fields, each with its CRLF.</param>
    public static MessageContent Above(MessageContent content, IReadOnlyList<ReadOnlyMemory<byte>> headers)
    {
        var pieces = new ContentPieces();
        foreach (var header in headers) pieces.Add(header);
        pieces.Add(content.Octets);
        return pieces.Build();
    }
}
