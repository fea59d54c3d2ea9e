using System.Net;
using System.Net.Http.Headers;

namespace Postfleet.Frontend.Filters.Hooks;

/// <summary>
/// A request to a hook as the body of an HTTP request, with its length: many hooks read no chunks. Used for one request. The HTTP client
/// calls it once there is a connection, and again where a connection was closed before the request.
/// </summary>
internal sealed class HookContent : HttpContent
{
    private readonly HookRequest _request;
    private readonly Action _begins;

    /// <param name="request">The request.</param>
    /// <param name="begins">Called when the request has a connection.</param>
    public HookContent(HookRequest request, Action begins)
    {
        (_request, _begins) = (request, begins);
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _begins();
        await stream.WriteAsync(_request.Head, cancellationToken);
        if (_request.Tail.IsEmpty) return;
        await JsonText.WriteAsync(_request.Body, stream, cancellationToken);
        await stream.WriteAsync(_request.Tail, cancellationToken);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _request.Length;
        return true;
    }
}
