using System.Buffers;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// What taking content in has to watch, however it is transferred: its length, bare line ends, and NUL. Once the message is to be refused
/// its content is let go, and only its end is looked for.
/// </summary>
/// <param name="content">Where the content goes.</param>
/// <param name="maxLength">Most octets of content.</param>
/// <param name="takesBareLf">Whether an LF without CR ends a line and becomes CRLF; otherwise it refuses the message.</param>
internal abstract class ContentDecoder(ContentBuilder content, long maxLength, bool takesBareLf)
{
    private static readonly byte[] LineEnd = [(byte)'\r', (byte)'\n'];

    /// <summary>Whether a CR without LF, or an LF without CR where that ends no line, was among the content.</summary>
    public bool HasBareLineEnd { get; private set; }

    /// <summary>
    /// Whether the message, which is refused, has ended with a dot alone on a line whose ends are not both CRLF. Its client may wait for
    /// the reply to its message, or send more of it.
    /// </summary>
    public bool HasOddEnd { get; protected set; }

    /// <summary>Whether an LF without CR ends a line.</summary>
    protected bool TakesBareLf => takesBareLf;

    /// <summary>
    /// Whether a NUL was among the content. No transfer but BINARYMIME allows one (RFC 5321 section 4.1.1.4, RFC 6152), and a host that
    /// drops it would find the end of the message in a line of a NUL and a dot.
    /// </summary>
    public bool HasNul { get; private set; }

    /// <summary>Whether the content is longer than it may be.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Whether the message cannot be taken any more, so that its content is not kept.</summary>
    public bool IsRefused => HasBareLineEnd || HasNul || IsTooLong || IsGivenUp;

    /// <summary>Whether there was no room for the content.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>Whether the content itself has said that it ends.</summary>
    public abstract bool IsDone { get; }

    /// <summary>Takes as much as belongs to the message.</summary>
    /// <returns>Where in the input the message's octets end: its end, unless the message ends before.</returns>
    public abstract SequencePosition Decode(ReadOnlySequence<byte> input);

    /// <summary>No more comes, where the content itself cannot say that it ends.</summary>
    public virtual void End()
    {
    }

    /// <summary>There is no room for the content: it is let go.</summary>
    public void GiveUp()
    {
        IsGivenUp = true;
        content.Clear();
    }

    /// <summary>So many octets more will come: if they are too many, that is so already now.</summary>
    public void Announce(long octets)
    {
        if (!IsRefused && content.Length + octets > maxLength) RefuseLength();
    }

    /// <summary>An LF came without its CR: the line ends with CRLF, or the message is refused.</summary>
    protected void EndBareLine()
    {
        if (takesBareLf) Append(LineEnd);
        else RefuseLineEnd();
    }

    protected void RefuseLineEnd()
    {
        HasBareLineEnd = true;
        content.Clear();
    }

    protected void Append(ReadOnlySpan<byte> octets)
    {
        // Also in what is refused already: what a client is told must not depend on how its octets were cut into packets.
        if (!HasNul && octets.Contains((byte)0))
        {
            HasNul = true;
            content.Clear();
        }

        if (IsRefused) return;
        if (content.Length + octets.Length > maxLength)
        {
            RefuseLength();
        }
        else
        {
            content.Append(octets);
        }
    }

    private void RefuseLength()
    {
        IsTooLong = true;
        content.Clear();
    }
}
