using Microsoft.Extensions.Logging;
using Postfleet.Core;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.RecipientFiles;

namespace Postfleet.Frontend.Recipients;

/// <summary>
/// The present content of the recipient files. When a file changes, all of them are read again; if one is invalid, the present entries
/// stay, and the reason is logged once. Thread-safe.
/// </summary>
internal sealed class RecipientMaps : IDisposable
{
    private readonly IReadOnlyList<string> _files;
    private readonly ILogger _logger;
    private readonly FileWatch _watch;
    private volatile RecipientTable _table;

    /// <summary>Reads the files.</summary>
    /// <exception cref="StartFailureException">A file cannot be used.</exception>
    public RecipientMaps(IReadOnlyList<string> files, TimeProvider time, ILogger logger)
    {
        (_files, _logger) = (files, logger);
        // Made first: a change while the files are read is noticed.
        _watch = new FileWatch(files, time, Reload);
        _table = Read();
    }

    /// <summary>The entries.</summary>
    public RecipientTable Table => _table;

    /// <summary>Begins to watch the files. Called once.</summary>
    public void Begin() => _watch.Begin();

    /// <inheritdoc/>
    public void Dispose() => _watch.Dispose();

    private RecipientTable Read() => RecipientFile.Read("Inbound:Recipients", _files, Path.GetFullPath);

    private void Reload()
    {
        try
        {
            var table = Read();
            _table = table;
            _logger.RecipientsRead(table.Count, string.Join(", ", _files));
        }
        catch (StartFailureException e)
        {
            _logger.RecipientsRefused(e.Message);
        }
    }
}
