using Microsoft.Extensions.Logging;
using Postfleet.Core;
using Postfleet.Frontend.Access;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Screening;

/// <summary>
/// The access lists of the files in <c>Inbound:AccessFiles</c>. When a file changes, all are read again; if one is invalid, the present
/// lists stay and the fault is logged once. Thread-safe.
/// </summary>
internal sealed class AccessFiles : IDisposable
{
    private readonly IReadOnlyList<string> _files;
    private readonly ILogger _logger;
    private readonly FileWatch _watch;
    private volatile AccessLists _lists;

    /// <summary>Reads the files.</summary>
    /// <exception cref="StartFailureException">A file cannot be used.</exception>
    public AccessFiles(IReadOnlyList<string> files, TimeProvider time, ILogger logger)
    {
        (_files, _logger) = (files, logger);
        // Looks at the files before they are read: a later change is seen. An empty value of a list is no file.
        _watch = new FileWatch([.. files.Where(file => file.Length > 0)], time, Reload);
        _lists = Read();
    }

    /// <summary>The lists in force.</summary>
    public AccessLists Current => _lists;

    /// <summary>Begins to watch the files. Called once.</summary>
    public void Begin() => _watch.Begin();

    /// <inheritdoc/>
    public void Dispose() => _watch.Dispose();

    private AccessLists Read() => AccessLists.Read(_files, Path.GetFullPath);

    private void Reload()
    {
        try
        {
            _lists = Read();
            _logger.AccessListsRead(_lists.Count, string.Join(", ", _files));
        }
        catch (StartFailureException e)
        {
            _logger.AccessListsRefused(e.Message);
        }
    }
}
