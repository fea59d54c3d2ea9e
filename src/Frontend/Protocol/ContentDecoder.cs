using System.Buffers;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// The checks shared by DATA and BDAT on content: length, bare line ends, and NUL. Once the message is refused its content is dropped, and
/// the decoder only looks for its end. Used by the reader of a message.
/// </summary>
/// <param name="content">Collects the content.</param>
/// <param name="maxLength">Greatest length of the content in octets, the trace header included.</param>
/// <param name="acceptsBareLf">Whether an LF without CR ends a line and becomes CRLF; otherwise it refuses the message.</param>
internal abstract class ContentDecoder(ContentBuilder content, long maxLength, bool acceptsBareLf)
{
    private static readonly byte[] LineEnd = [(byte)'\r', (byte)'\n'];

    /// <summary>Whether the content has a bare CR, or a bare LF where bare LF are not accepted.</summary>
    public bool HasBareLineEnd { get; private set; }

    /// <summary>
    /// Whether the content ended with a lone dot between line ends other than CRLF. The message is refused; the client may regard it
    /// as complete, or send more content.
    /// </summary>
    public bool HasAmbiguousEnd { get; protected set; }

    /// <summary>Whether a bare LF ends a line.</summary>
    protected bool AcceptsBareLf => acceptsBareLf;

    /// <summary>
    /// Whether the content has a NUL. Only BINARYMIME allows NUL (RFC 5321 section 4.1.1.4, RFC 6152); for a host dropping NUL, a line of
    /// NUL and dot would end the message.
    /// </summary>
    public bool HasNul { get; private set; }

    /// <summary>Whether the content exceeds its greatest length.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Whether the message is refused for any reason.</summary>
    public bool IsRefused => HasBareLineEnd || HasNul || IsTooLong || IsOutOfMemory;

    /// <summary>Whether there was no memory for the content.</summary>
    public bool IsOutOfMemory { get; private set; }

    /// <summary>Whether the content contained its own end.</summary>
    public abstract bool IsDone { get; }

    /// <summary>Decodes the input up to the end of the message.</summary>
    /// <returns>The position behind the message's octets: the end of the input, unless the message ends before.</returns>
    public abstract SequencePosition Decode(ReadOnlySequence<byte> input);

    /// <summary>Marks the end of content without an end of its own.</summary>
    public virtual void End()
    {
    }

    /// <summary>Refuses the message and drops its content, since there is no memory for it.</summary>
    public void RefuseForMemory()
    {
        IsOutOfMemory = true;
        content.Clear();
    }

    /// <summary>Announces the octets of a chunk: content too long with them is refused at once.</summary>
    public void Announce(long octets)
    {
        if (!IsRefused && content.Length + octets > maxLength) RefuseLength();
    }

    /// <summary>Handles a bare LF: converts it to CRLF or refuses the message.</summary>
    protected void EndBareLine()
    {
        if (acceptsBareLf) Append(LineEnd);
        else RefuseLineEnd();
    }

    /// <summary>Refuses the message for a bare line end.</summary>
    protected void RefuseLineEnd()
    {
        HasBareLineEnd = true;
        content.Clear();
    }

    /// <summary>Appends decoded octets, unless the message is refused.</summary>
    protected void Append(ReadOnlySpan<byte> octets)
    {
        // Also after a refusal: the reply must not depend on how the octets were divided into packets.
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
