global using Postfleet.Spool.Common;
global using Xunit;
