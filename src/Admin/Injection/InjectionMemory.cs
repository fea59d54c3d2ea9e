using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Postfleet.Admin.Http;
using Postfleet.Admin.Options;

namespace Postfleet.Admin.Injection;

/// <summary>
/// Bounds the bodies of all messages that are received at a time over HTTP. A request takes the length of its body before it is read, or
/// the longest length if it does not tell. Thread-safe.
/// </summary>
internal sealed class InjectionMemory(AdminSettings settings)
{
    // Beside the content of the message.
    private const long OtherMembers = 1 << 20;

    // Several small messages at a time.
    private const long LeastOctets = 64 << 20;

    private long _taken;

    /// <summary>
    /// The longest body, in octets. Base64 needs a third more than the content; a raw message whose JSON is longer is refused.
    /// </summary>
    private long MaxBody => settings.MaxMessageSize.Bytes / 2 * 3 + OtherMembers;

    private long MaxOctets => Math.Max(LeastOctets, MaxBody);

    /// <summary>Takes the memory of a request and sets the limit of its body.</summary>
    /// <returns>Gives the memory back.</returns>
    /// <exception cref="ProblemException">The body is too long, or there are too many messages at a time.</exception>
    public Share Take(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MaxBody;
        var octets = http.Request.ContentLength ?? MaxBody;
        if (octets > MaxBody)
            throw new ProblemException(ProblemKind.TooLarge, $"the body has {octets} octets; allowed: {MaxBody}");
        if (Interlocked.Add(ref _taken, octets) <= MaxOctets) return new Share(this, octets);
        Interlocked.Add(ref _taken, -octets);
        http.Response.Headers.RetryAfter = "1";
        throw new ProblemException(
            ProblemKind.TooManyMessages, $"the messages that are received now have {MaxOctets} octets at most; try again in 1 s");
    }

    /// <summary>The memory of a request.</summary>
    public sealed class Share(InjectionMemory memory, long octets) : IDisposable
    {
        public void Dispose() => Interlocked.Add(ref memory._taken, -octets);
    }
}
